# Harms three nodes that run, in each round in the same ways, and prints what was measured, one
# line each. A hidden node, so that the three do not count it as one of theirs:
#
#     elixir --hidden --name … runtime_rounds.exs ROUNDS HOME NODE NODE NODE
#
# in the folder of a project with the application g4 and its singleton g4.desk. HOME is for
# what it starts.
#
#     failover MS                        kill -9, until the next node runs the application
#     takeover MS CALLS FAILED IN_DOUBT SLOWEST_MS
#     give_up MS                         its supervisor ends, until the next node runs it
#     drain MS CALLS FAILED IN_DOUBT SLOWEST_MS
#     heal MS MS                         SIGCONT, until one copy runs; and all are in step

{:module, _client, client, _} =
  defmodule Client do
    def loop(count) do
      receive do
        {:stop, from} -> send(from, {:calls, count})
      after
        0 -> count |> call() |> loop()
      end
    end

    defp call({calls, failed, in_doubt, slowest}) do
      {time, result} = :timer.tc(G4.Desk, :ask, [:request])
      slowest = max(slowest, time)

      case result do
        {:ok, _reply} -> {calls + 1, failed, in_doubt, slowest}
        {:error, :in_doubt} -> {calls + 1, failed, in_doubt + 1, slowest}
        {:error, _reason} -> {calls + 1, failed + 1, in_doubt, slowest}
      end
    end
  end

defmodule Rounds do
  @app :g4
  @patience 60_000
  # The failover's time, and what passes until silence is noticed, at most.
  @frozen 8_000

  def play(nodes, home, client) do
    [first, second, third] = nodes
    in_step(nodes)

    print("failover", [harm("KILL", first, fn -> runs(second) == [second] end)])

    serve(client, third, "takeover", fn ->
      start(first, home)
      until(fn -> runs(first) == [first] end)
    end)

    in_step(nodes)
    print("give_up", [give_up(first, second)])
    in_step(nodes)

    serve(client, third, "drain", fn ->
      harm("TERM", first, fn -> runs(second) == [second] end)
    end)

    until(fn -> first not in ask(third, :erlang, :nodes, [], [first]) end)
    start(first, home)
    in_step(nodes)

    heal(nodes)
  end

  defp give_up(first, second) do
    tree = ask(first, Process, :whereis, [G4.Supervisor])
    began = now()
    true = :erpc.call(first, :erlang, :exit, [tree, :kill])
    until(fn -> runs(second) == [second] end)
    now() - began
  end

  defp heal([first, second, _third] = nodes) do
    stopped = now()
    harm("STOP", first, fn -> runs(second) == [second] end)
    # Frozen for so long: that is what is measured.
    Process.sleep(max(@frozen - div(now() - stopped, 1_000), 0))
    one_copy = harm("CONT", first, fn -> one_copy?(nodes) end)
    began = now() - one_copy
    in_step(nodes)
    print("heal", [one_copy, now() - began])
  end

  # Whether every node says that the same one runs it, and no other.
  defp one_copy?(nodes) do
    case nodes |> Enum.map(&runs/1) |> Enum.uniq() do
      [[_node]] -> true
      _nowhere_or_several -> false
    end
  end

  # Each node knows all, and the first one runs it.
  defp in_step([first | _] = nodes) do
    until(fn ->
      Enum.all?(nodes, fn node ->
        runs(node) == [first] and
          Enum.sort(List.wrap(ask(node, G4Runtime.DistAc, :known, [], []))) == Enum.sort(nodes)
      end)
    end)
  end

  # Counts the calls of a client without pause on a node, from before to after.
  defp serve(code, node, what, fun) do
    {:module, _} = :erpc.call(node, :code, :load_binary, [Client, ~c"client", code])
    client = Node.spawn_link(node, Client, :loop, [{0, 0, 0, 0}])
    # Calls before and after what happens; nothing else is waited for.
    Process.sleep(500)
    began = now()
    fun.()
    took = now() - began
    Process.sleep(500)
    send(client, {:stop, self()})

    receive do
      {:calls, {calls, failed, in_doubt, slowest}} ->
        print(what, [took, {calls}, {failed}, {in_doubt}, slowest])
    after
      @patience -> raise "the client does not return"
    end
  end

  # The shell waits for a line, so that to start it takes no time of what is measured.
  defp harm(signal, node, fun) do
    pid = File.read!("var/#{short(node)}.pid") |> String.trim()
    args = ["-c", "echo ready; read -r _; kill -#{signal} #{pid}"]
    shell = Port.open({:spawn_executable, "/bin/sh"}, [:binary, args: args])

    receive do
      {^shell, {:data, _ready}} -> :ok
    end

    began = now()
    Port.command(shell, "\n")
    until(fun)
    now() - began
  end

  defp start(node, home) do
    env = [{"HOME", home}]

    {said, status} =
      System.cmd(Path.expand("start-dist.sh"), ["start", short(node)],
        env: env,
        stderr_to_stdout: true
      )

    if status != 0, do: raise(said)
  end

  defp short(node), do: node |> Atom.to_string() |> String.split("@") |> hd()

  defp runs(node), do: ask(node, G4Runtime.Health, :nodes, [:runs, @app], [])

  defp ask(node, module, function, args, otherwise \\ nil) do
    :erpc.call(node, module, function, args, 3_000)
  catch
    _kind, _reason -> otherwise
  end

  defp until(fun, deadline \\ now() + @patience * 1_000) do
    cond do
      fun.() ->
        :ok

      now() > deadline ->
        raise "not so within #{div(@patience, 1_000)} s"

      true ->
        # Each millisecond: no node says when it has happened.
        Process.sleep(1)
        until(fun, deadline)
    end
  end

  defp print(what, figures) do
    words =
      for figure <- figures, do: if(is_tuple(figure), do: elem(figure, 0), else: figure / 1_000)

    IO.puts(Enum.join([what | words], " "))
  end

  defp now, do: System.monotonic_time(:microsecond)
end

[rounds, home | nodes] = System.argv()
nodes = Enum.map(nodes, &String.to_atom/1)
for _round <- 1..String.to_integer(rounds), do: Rounds.play(nodes, home, client)
