# From what was traced to what is told.

defmodule Oracle.Told do
  alias Oracle.Tree

  # Who ended what, by the traces: a supervisor unlinks whom it ends, in `unlink_flush` of
  # supervisor.erl and `monitor_child` of DynamicSupervisor; never who ended before.
  def told(state, before, since, {victim, how}, traces) do
    started = Tree.started(state.table)
    known = for [pid, path, _, parent] <- started, into: %{}, do: {pid, {path, parent}}

    unlinked = for {_, :unlink, by, pid} <- traces, by != pid, into: MapSet.new(), do: {by, pid}

    deaths =
      for {_, :exit, pid, reason} <- traces, is_map_key(known, pid) do
        {path, parent} = known[pid]
        ended = MapSet.member?(unlinked, {parent, pid})
        %{pid: pid, path: path, reason: reason, ended: ended, above: above(parent, known)}
      end

    # Whom a supervisor killed with all that lived below.
    brutal = for %{ended: true, reason: :killed, pid: pid} <- deaths, do: pid
    under = fn death -> Enum.find(death.above, &(&1 in brutal)) end
    victim_fell = fn death -> how == :killed and victim in death.above end

    groups =
      Enum.group_by(deaths, fn death ->
        cond do
          death.pid == victim -> :victim
          victim_fell.(death) -> :fell
          top = under.(death) -> {:under, top}
          death.ended -> :terminated
          :ets.member(:gave_up, death.pid) -> :gave_up
          true -> :auto_shutdown
        end
      end)

    since_then = Tree.started_since(state.table, since)

    paths = fn group -> for death <- Map.get(groups, group, []), do: death.path end

    %{
      killed: paths.(:victim) ++ Enum.sort(paths.(:fell)),
      terminated: with_below(Map.get(groups, :terminated, []), groups),
      started: for({_, path} <- since_then, do: path),
      unchanged: for({path, {pid, _, _}} <- before, Process.alive?(pid), do: path),
      gave_up: paths.(:gave_up),
      auto_shutdown: paths.(:auto_shutdown),
      ended: not Process.alive?(state.root),
      ms: for({started, _} <- Enum.take(since_then, -1), do: milliseconds(since, started))
    }
  end

  defp milliseconds({from, _}, {to, _}),
    do: System.convert_time_unit(to - from, :native, :millisecond)

  # What lived below whom a supervisor killed is told behind it: nobody waited for that.
  defp with_below(deaths, groups) do
    Enum.flat_map(deaths, fn death ->
      [death.path | with_below(Map.get(groups, {:under, death.pid}, []), groups)]
    end)
  end

  defp above(pid, known) do
    case known do
      %{^pid => {_, parent}} -> [pid | above(parent, known)]
      _ -> [pid]
    end
  end
end
