# Builds trees from data with OTP's own supervisors, plays events, and tells what happened.
#
# On standard input and output: the length in bytes as a line, then so many bytes. A question is
# an Erlang term in text, {Id, Tree, Events}; the answer JSON, {"id": Id, "traces": [...]}. Each
# question is played by a process of its own, so that answers come when they are ready.
#
#   Tree   = {Path, Kind, Restart, Shutdown, Significant, Supervises}, Path a binary
#   Supervises = none | {registry, Path}    (none but where it registers)
#              | {static, Strategy, MaxRestarts, MaxSeconds, AutoShutdown, [Tree]}
#              | {dynamic, MaxRestarts, MaxSeconds, MaxChildren, Tree | none}
#   Event  = {exit, Path, Reason} | {kill, Path} | {stop, Path, Reason}
#          | {terminate_child, Path} | {start_child, Path, Tree} | {shut_down}
#          | {fail, Path, Times} | {wait, Milliseconds}
#
# Nothing has a name of its own, but for what cannot be without; that one is new at each start.

for file <- ~w(tree quiet told play), do: Code.require_file("#{file}.exs", __DIR__)

# Who gave up says so, as a report in its own process.
defmodule Oracle.Handler do
  def log(%{msg: {:report, %{label: {_, _}, report: report}}, meta: %{pid: pid}}, _) do
    if is_list(report) and report[:reason] == :reached_max_restart_intensity,
      do: :ets.insert(:gave_up, {pid})
  end

  def log(_, _), do: :ok
end

defmodule Oracle do
  @patience 60_000

  def main do
    :logger.remove_handler(:default)
    :logger.remove_handler(Logger)
    # From 1.15 on Elixir drops the reports of supervisors before any handler sees them.
    for {filter, _} <- :logger.get_primary_config().filters,
        do: :logger.remove_primary_filter(filter)

    :ets.new(:gave_up, [:public, :named_table])
    :logger.add_handler(:oracle, Oracle.Handler, %{})
    :io.setopts(:standard_io, encoding: :latin1)
    writer = spawn_link(&writes/0)
    reads(writer)
  end

  defp reads(writer) do
    case IO.binread(:stdio, :line) do
      :eof ->
        System.halt(0)

      line ->
        text = IO.binread(:stdio, String.to_integer(String.trim(line)))
        spawn(fn -> send(writer, answer(text)) end)
        reads(writer)
    end
  end

  defp answer(text) do
    {:ok, tokens, _} = :erl_scan.string(String.to_charlist(text <> "."))
    {:ok, {id, tree, events}} = :erl_parse.parse_term(tokens)

    playing = Task.async(fn -> played(tree, events) end)

    said =
      case Task.yield(playing, @patience) || Task.shutdown(playing, :brutal_kill) do
        {:ok, said} -> said
        _ -> ["\"error\":", json("not quiet after #{@patience} ms")]
      end

    ["{\"id\":", to_string(id), ",", said, "}"]
  end

  defp played(tree, events) do
    ["\"traces\":", json(Oracle.Play.play(tree, events))]
  catch
    kind, reason ->
      text = Exception.format(kind, reason, __STACKTRACE__)
      plain = text |> String.replace(~w(" \\), "'") |> String.replace("\n", "\\n")
      ["\"error\":", json(plain)]
  end

  defp writes do
    receive do
      answer ->
        IO.binwrite(:stdio, [Integer.to_string(IO.iodata_length(answer)), "\n", answer])
        writes()
    end
  end

  defp json(value) when is_list(value),
    do: ["[", Enum.intersperse(Enum.map(value, &json/1), ","), "]"]

  defp json(value) when is_boolean(value) or is_integer(value), do: to_string(value)
  defp json(value) when is_binary(value), do: ["\"", value, "\""]

  defp json(value) when is_map(value) do
    pairs = for {key, item} <- value, do: ["\"", to_string(key), "\":", json(item)]
    ["{", Enum.intersperse(pairs, ","), "}"]
  end
end

Oracle.main()
