# Four servers in one VM which answer GET / with the same text: the emitted http_server with
# its router, OTP's httpd as it comes, httpd with one write an answer, and a bare gen_tcp loop
# that parses requests as the http_server does and looks at nothing.
#
#     mix run --no-start http_servers.exs     in a project made of examples/g4
#
# Prints the ports, one line each, and ends with its standard input.

defmodule Httpd do
  require Record
  Record.defrecord(:mod, Record.extract(:mod, from_lib: "inets/include/httpd.hrl"))

  def start(module) do
    {:ok, pid} =
      :inets.start(:httpd,
        port: 0,
        bind_address: {127, 0, 0, 1},
        server_name: ~c"bench",
        server_root: ~c"/tmp",
        document_root: ~c"/tmp",
        keep_alive_timeout: 60,
        max_keep_alive_request: 1_000_000_000,
        modules: [module]
      )

    :httpd.info(pid)[:port]
  end
end

defmodule HttpdPlain do
  def unquote(:do)(_request) do
    head = [code: 200, content_type: ~c"text/plain", content_length: ~c"14"]
    {:proceed, response: {:response, head, ~c"nonode@nohost\n"}}
  end
end

defmodule HttpdOneWrite do
  require Httpd

  @answer "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 14\r\n\r\nnonode@nohost\n"

  def unquote(:do)(request) do
    :httpd_socket.deliver(Httpd.mod(request, :socket_type), Httpd.mod(request, :socket), @answer)
    {:proceed, response: {:already_sent, 200, 14}}
  end
end

defmodule Bare do
  @answer "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 14\r\n\r\nnonode@nohost\n"

  def start do
    options = [:binary, ip: {127, 0, 0, 1}, packet: :http_bin, active: false, backlog: 1024]
    {:ok, listen} = :gen_tcp.listen(0, [nodelay: true, reuseaddr: true] ++ options)
    for _ <- 1..8, do: spawn_link(fn -> accept(listen) end)
    {:ok, port} = :inet.port(listen)
    port
  end

  defp accept(listen) do
    {:ok, socket} = :gen_tcp.accept(listen)
    spawn_link(fn -> accept(listen) end)
    serve(socket)
  end

  defp serve(socket) do
    case :gen_tcp.recv(socket, 0) do
      {:ok, :http_eoh} ->
        :ok = :gen_tcp.send(socket, @answer)
        serve(socket)

      {:ok, _line} ->
        serve(socket)

      {:error, _closed} ->
        :gen_tcp.close(socket)
    end
  end
end

{:ok, _apps} = Application.ensure_all_started(:inets)
options = [name: Bench, port: 0, handler: &G4Web.EndpointRouter.call/1]
{:ok, _pid} = G4Runtime.HTTP.start_link(options)

IO.puts("http_server #{G4Runtime.HTTP.port(Bench)}")
IO.puts("httpd #{Httpd.start(HttpdPlain)}")
IO.puts("httpd_one_write #{Httpd.start(HttpdOneWrite)}")
IO.puts("gen_tcp #{Bare.start()}")
IO.read(:line)
