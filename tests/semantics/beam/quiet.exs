# Waits, without sleeping, until nobody has anything left to do.

defmodule Oracle.Quiet do
  # It is quiet when every supervisor, asked, lists only what lives, and all that lives is
  # listed by somebody: then nobody has an end to hear of. Asking waits for who is busy.
  def settle(state) do
    living = living(state)
    listed = if Process.alive?(state.root), do: listed(state.root, living), else: []

    unless listed != :busy and Enum.sort(listed) == Enum.sort(Map.keys(living)) and
             living == living(state) do
      :erlang.yield()
      settle(state)
    end
  end

  # pid -> kind
  defp living(state) do
    for [pid, _, kind, _] <- Oracle.Tree.started(state.table),
        Process.alive?(pid),
        into: %{},
        do: {pid, kind}
  end

  defp listed(pid, all) do
    case all[pid] do
      nil -> :busy
      :registry -> [pid]
      :worker -> if linked_to_the_living?(pid, all), do: [pid], else: :busy
      _ -> below(pid, children(pid), all)
    end
  end

  # A link to the dead is there until their exit has come. What registered is linked to a
  # worker of the registry; that one is none of ours, and goes on as long as its registry lives.
  defp linked_to_the_living?(pid, all) do
    Enum.all?(links(pid), fn other ->
      is_map_key(all, other) or Enum.any?(links(other), &(all[&1] == :registry))
    end)
  end

  defp links(pid) do
    case Process.info(pid, :links) do
      {:links, links} -> Enum.filter(links, &is_pid/1)
      nil -> []
    end
  end

  defp below(_, :busy, _), do: :busy

  defp below(pid, children, all) do
    Enum.reduce_while(children, [pid], fn child, found ->
      case is_pid(child) and Process.alive?(child) and listed(child, all) do
        more when is_list(more) -> {:cont, more ++ found}
        _ -> {:halt, :busy}
      end
    end)
  end

  # GenServer's call, as :supervisor and DynamicSupervisor answer it alike.
  defp children(pid) do
    for {_, child, _, _} <- :gen_server.call(pid, :which_children, :infinity),
        child != :undefined,
        do: child
  catch
    :exit, _ -> :busy
  end

  # All that was traced, in order: the exits with their reasons, and whom supervisors ended.
  def traced do
    ref = :erlang.trace_delivered(:all)
    receive do: ({:trace_delivered, :all, ^ref} -> traced([]))
  end

  defp traced(found) do
    receive do
      {:trace_ts, pid, :exit, reason, time} -> traced([{time, :exit, pid, reason} | found])
      {:trace_ts, pid, :unlink, other, time} -> traced([{time, :unlink, pid, other} | found])
      trace when elem(trace, 0) == :trace_ts -> traced(found)
    after
      0 -> Enum.sort(found)
    end
  end
end
