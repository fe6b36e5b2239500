# Trees of real supervisors, from data.

defmodule Oracle.Worker do
  use GenServer

  # Every other one traps exits: the order is the same. One with less than the usual time traps,
  # and would take twice as long.
  def start_link(path, shutdown), do: GenServer.start_link(__MODULE__, {path, shutdown})

  @impl true
  def init({_, shutdown}) when is_integer(shutdown) and shutdown < 5_000 do
    Process.flag(:trap_exit, true)
    {:ok, 2 * shutdown}
  end

  def init(nil), do: {:ok, 0}

  def init({path, _}) do
    Process.flag(:trap_exit, :erlang.phash2(path, 2) == 0)
    {:ok, 0}
  end

  @impl true
  def handle_info({:end, reason}, state), do: {:stop, reason, state}
  def handle_info(_, state), do: {:noreply, state}

  @impl true
  def terminate(reason, slow) when reason in [:shutdown, :killed], do: Process.sleep(slow)
  def terminate(_, _), do: :ok
end

defmodule Oracle.Supervisor do
  @behaviour :supervisor
  @impl true
  def init(init), do: {:ok, init}
end

defmodule Oracle.Dynamic do
  use DynamicSupervisor
  @impl true
  def init(options), do: DynamicSupervisor.init(options)
end

defmodule Oracle.Tree do
  # The table: {{:started, when, pid}, path, kind, parent}, {{:fail, path}, left},
  # {{:number, path}, n}, {{:name, path}, of the registry}. When is a strict order over all
  # processes, the same as that of the traces.

  def now, do: {:erlang.monotonic_time(), :erlang.unique_integer([:monotonic])}

  def start(table, tree), do: start(table, tree, elem(tree, 0))

  # In the supervisor's process. `path` is not the tree's where there are many of it.
  def start(table, tree, path) do
    if fails?(table, path) do
      {:error, :told_to}
    else
      since = now()

      case start_link(table, tree, path) do
        {:ok, pid} ->
          started(table, since, pid, path, elem(tree, 1), self())
          {:ok, pid}

        error ->
          error
      end
    end
  end

  def started(table, since, pid, path, kind, parent),
    do: :ets.insert(table, {{:started, since, pid}, path, kind, parent})

  # [pid, path, kind, parent] of all that was ever started, in that order.
  def started(table),
    do: :ets.match(table, {{:started, :_, :"$1"}, :"$2", :"$3", :"$4"})

  # {when, path} of what was started after an instant.
  def started_since(table, since) do
    later = [{:>, :"$1", {:const, since}}]
    :ets.select(table, [{{{:started, :"$1", :_}, :"$2", :_, :_}, later, [{{:"$1", :"$2"}}]}])
  end

  defp fails?(table, path) do
    case :ets.lookup(table, {:fail, path}) do
      [{_, left}] when left > 0 -> :ets.update_counter(table, {:fail, path}, -1) >= 0
      _ -> false
    end
  end

  # A partition supervisor and a registry must have a name.
  defp name, do: String.to_atom("oracle_#{System.unique_integer([:positive])}")

  defp start_link(_, {_, :worker, _, shutdown, _, :none}, path),
    do: Oracle.Worker.start_link(path, shutdown)

  defp start_link(table, {_, :worker, _, _, _, {:registry, registry}}, path) do
    [{_, name}] = :ets.lookup(table, {:name, registry})
    GenServer.start_link(Oracle.Worker, nil, name: {:via, Registry, {name, path}})
  end

  defp start_link(table, {_, :registry, _, _, _, :none}, path) do
    name = name()
    :ets.insert(table, {{:name, path}, name})
    Registry.start_link(keys: :unique, name: name)
  end

  defp start_link(
         table,
         {_, :supervisor, _, _, _, {:static, strategy, most, seconds, auto, children}},
         path
       ) do
    flags = %{strategy: strategy, intensity: most, period: seconds, auto_shutdown: auto}
    specs = for child <- children, do: spec(table, child, below(path, child))
    :supervisor.start_link(Oracle.Supervisor, {flags, specs})
  end

  defp start_link(
         table,
         {_, :partition, _, _, _, {:static, :one_for_one, most, seconds, :never, children}},
         path
       ) do
    [first | _] = children
    spec = spec(table, first, nil)

    PartitionSupervisor.start_link(
      name: name(),
      partitions: length(children),
      max_restarts: most,
      max_seconds: seconds,
      child_spec: %{spec | start: {__MODULE__, :start, [table, first]}},
      with_arguments: fn arguments, partition ->
        arguments ++ [below(path, Enum.at(children, partition))]
      end
    )
  end

  defp start_link(_, {_, :task_supervisor, _, _, _, dynamic}, _) do
    {:dynamic, most, seconds, children, _} = dynamic
    Task.Supervisor.start_link(max_restarts: most, max_seconds: seconds, max_children: children)
  end

  defp start_link(_, {_, :dynamic, _, _, _, {:dynamic, most, seconds, children, _}}, _) do
    DynamicSupervisor.start_link(Oracle.Dynamic,
      strategy: :one_for_one,
      max_restarts: most,
      max_seconds: seconds,
      max_children: children
    )
  end

  def spec(table, tree = {_, kind, restart, shutdown, significant, _}, path) do
    %{
      id: path,
      start: {__MODULE__, :start, [table, tree, path]},
      restart: restart,
      shutdown: shutdown,
      significant: significant,
      type: if(kind == :worker, do: :worker, else: :supervisor)
    }
  end

  def below(path, child), do: path <> "." <> List.last(String.split(elem(child, 0), "."))
end
