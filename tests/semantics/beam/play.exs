# One case: the tree is started and traced, its events are played.

defmodule Oracle.Play do
  alias Oracle.{Quiet, Told, Tree}

  # Traces the process that starts the root and all that it spawns, plays the events.
  def play(tree, events) do
    table = :ets.new(:tree, [:ordered_set, :public])
    me = self()

    starter =
      spawn_link(fn ->
        Process.flag(:trap_exit, true)
        receive do: (:go -> send(me, Tree.start(table, tree)))
        holds()
      end)

    :erlang.trace(starter, true, [:procs, :set_on_spawn, :strict_monotonic_timestamp])
    send(starter, :go)

    {:ok, root} =
      receive do: (answer when is_tuple(answer) and elem(answer, 0) in [:ok, :error] -> answer)

    state = %{table: table, starter: starter, root: root}
    Quiet.settle(state)
    Quiet.traced()

    traces =
      for event <- events, elem(event, 0) not in [:fail, :wait] or aside(state, event) do
        before = living(state)
        since = Tree.now()
        {victim, how} = perform(state, before, event)
        Quiet.settle(state)
        Told.told(state, before, since, {victim, how}, Quiet.traced())
      end

    Process.unlink(starter)
    Process.exit(starter, :kill)
    :ets.delete(table)
    traces
  end

  defp holds do
    receive do
      {:stop, pid, from} ->
        Process.unlink(pid)
        ref = Process.monitor(pid)
        Process.exit(pid, :shutdown)
        receive do: ({:DOWN, ^ref, _, _, _} -> send(from, :stopped))

      _ ->
        :ok
    end

    holds()
  end

  # What has no trace of its own.
  defp aside(state, {:fail, path, times}) do
    :ets.insert(state.table, {{:fail, path}, times})
    false
  end

  defp aside(_, {:wait, milliseconds}) do
    Process.sleep(milliseconds)
    false
  end

  # Does what the event says; who ended by that, and whether by a kill.
  defp perform(_, before, {:exit, path, reason}) do
    {pid, _, _} = before[path]
    ends(pid, fn -> send(pid, {:end, reason}) end)
    {pid, :ends}
  end

  defp perform(_, before, {:kill, path}) do
    {pid, _, _} = before[path]
    ends(pid, fn -> Process.exit(pid, :kill) end)
    {pid, :killed}
  end

  defp perform(_, before, {:stop, path, reason}) do
    {pid, _, _} = before[path]

    ends(pid, fn ->
      try do
        Supervisor.stop(pid, reason, :infinity)
      catch
        :exit, _ -> :ok
      end
    end)

    {pid, :ends}
  end

  defp perform(_, before, {:terminate_child, path}) do
    {pid, _, parent} = before[path]
    {_, {_, kind, _}} = Enum.find(before, fn {_, {other, _, _}} -> other == parent end)

    :ok =
      case kind do
        :supervisor -> :supervisor.terminate_child(parent, path)
        :partition -> Supervisor.terminate_child(parent, partition(path))
        _ -> DynamicSupervisor.terminate_child(parent, pid)
      end

    {nil, :ends}
  end

  # Children are numbered by the starts that succeeded.
  defp perform(state, before, {:start_child, path, child}) do
    {pid, kind, _} = before[path]
    number = :ets.update_counter(state.table, {:number, path}, 1, {{:number, path}, 0})
    child_path = "#{Tree.below(path, child)}[#{number}]"

    case start_child(state.table, pid, kind, child, child_path) do
      {:ok, _} -> :ok
      {:error, _} -> :ets.update_counter(state.table, {:number, path}, -1)
    end

    {nil, :ends}
  end

  defp perform(state, _, {:shut_down}) do
    send(state.starter, {:stop, state.root, self()})
    receive do: (:stopped -> {nil, :ends})
  end

  defp start_child(table, supervisor, :task_supervisor, _, path) do
    since = Tree.now()
    task = fn -> receive do: ({:end, reason} -> exit(reason)) end

    with {:ok, pid} <- Task.Supervisor.start_child(supervisor, task) do
      Tree.started(table, since, pid, path, :worker, supervisor)
      {:ok, pid}
    end
  end

  defp start_child(table, supervisor, :dynamic, child, path),
    do: DynamicSupervisor.start_child(supervisor, Tree.spec(table, child, path))

  defp partition(path),
    do: path |> String.split(["[", "]"], trim: true) |> List.last() |> String.to_integer()

  defp ends(pid, function) do
    ref = Process.monitor(pid)
    function.()
    receive do: ({:DOWN, ^ref, _, _, _} -> :ok)
  end

  # path -> {pid, kind, parent} of all that live.
  defp living(state) do
    for [pid, path, kind, parent] <- Tree.started(state.table), Process.alive?(pid), into: %{} do
      {path, {pid, kind, parent}}
    end
  end
end
