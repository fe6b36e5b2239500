defmodule Probe do
  # Runs on the nodes that are watched.
  alias PlacesRuntime.{Away, Boot, DistAc, Health, Placement, Rests}

  # The applications whose trees are up on this node; and whether anything is still to happen
  # here, given the nodes of its side that are up. :busy where something does not answer.
  def look(apps, up) do
    still? = still?(apps, Enum.sort(up))
    # Read after that: what had been started in the meantime would not be seen.
    running = for {app, _, _} <- :application.which_applications(1_000), app in apps, do: app
    trees = for app <- apps, tree(app), do: app
    {trees, still? and Enum.all?(apps, &done?(&1, &1 in running, &1 in trees))}
  catch
    _kind, _reason -> :busy
  end

  defp still?(apps, up) do
    :init.get_status() == {:started, :started} and not Boot.booting?() and
      known() == up and
      Enum.all?(apps, &(Placement.started?(&1) and Rests.permitted?(&1))) and
      :sys.get_state(Away, 1_000) == %{} and
      decided?(apps, up)
  end

  defp known do
    nodes = DistAc.known()
    if is_list(nodes), do: Enum.sort(nodes), else: nodes
  end

  # It runs, or rests for good, or is elsewhere.
  defp done?(app, true, true), do: node() in Health.nodes(:runs, app)
  defp done?(:down, true, false), do: node() in Health.nodes(:rests, :down)
  defp done?(_app, running, tree), do: not running and not tree

  # No failover is due: dist_ac holds each application to run where a node is up, or nobody is
  # left that may run it. Source: dist_ac.erl, #state{} and #appl{}: name, id, restart_time, nodes.
  defp decided?(apps, up) do
    held = elem(:sys.get_state(:dist_ac, 1_000), 1)

    Enum.all?(held, fn appl ->
      {name, id, nodes} = {elem(appl, 1), elem(appl, 2), elem(appl, 4)}
      among = Enum.flat_map(nodes, &if(is_tuple(&1), do: Tuple.to_list(&1), else: [&1]))

      name not in apps or id == :local or (match?({:distributed, _}, id) and elem(id, 1) in up) or
        not Enum.any?(among, &(&1 in up))
    end)
  end

  defp tree(app) do
    module = Module.concat(Macro.camelize(Atom.to_string(app)), Supervisor)
    Process.whereis(module)
  end
end
