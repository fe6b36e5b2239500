# Plays events on real nodes, and tells where applications run, until all is quiet.
#
# A question is a line, an Erlang term in text:
#   {start, Dir, [Node], [{App, Milliseconds, Ranks}]}, as in kernel's `distributed`
#   {down, Node} | {shutdown, Node} | {up, Node} | {give_up, App} | {split, [[Node]]} | {heal, []}
#   stop
# An answer is a line, "> " before JSON: how many milliseconds that took, the nodes that are up
# then, and all different places that were seen, the last of which is where all is quiet:
# [Ms, [Node], [[[App, [Node]]]]]. What went wrong is a string.
defmodule Play do
  alias PlacesTestKit.Cluster

  @patience 45_000
  # The healer looks often.
  @env [compare_every: 300, reconnect_every: 300]

  def main do
    [{Probe, code}] = Code.compile_file("probe.ex", __DIR__)
    :persistent_term.put(:probe, code)
    Enum.reduce(IO.stream(:stdio, :line), nil, &answer/2)
  end

  defp answer(line, state) do
    {:ok, tokens, _} = :erl_scan.string(String.to_charlist(line))
    {:ok, question} = :erl_parse.parse_term(tokens)
    {told, state} = play(question, state)
    IO.puts(["> ", inspect(told, limit: :infinity, printable_limit: :infinity, width: :infinity)])
    state
  end

  defp play(:stop, nil), do: {[], nil}

  defp play(:stop, state) do
    for {_, peer} <- living(state.peers), do: Cluster.kill(peer)
    Code.delete_path(state.cluster.dir)
    {[], nil}
  end

  defp play(event, state) do
    began = now()
    state = happens(event, state)
    seen = watch(state, [], now() + @patience)
    state = %{state | peers: living(state.peers)}
    up = for {name, _} <- state.peers, do: short(state, name)
    {[now() - began, Enum.sort(up), seen], state}
  rescue
    error -> {Exception.message(error), state}
  end

  defp new(dir, nodes, apps) do
    Cluster.new(nodes, dir,
      apps: [:places_runtime | Enum.map(apps, &elem(&1, 0))],
      distributed: apps,
      env: [places_runtime: @env],
      sync_timeout: 500
    )
  end

  # Nodes find the probe on this VM's code path, after a restart in place, too.
  defp equip(dir) do
    File.write!(Path.join(dir, "#{Probe}.beam"), :persistent_term.get(:probe))
    Code.prepend_path(dir)
  end

  defp happens({:start, dir, nodes, apps}, nil) do
    dir = List.to_string(dir)
    equip(dir)
    cluster = new(dir, nodes, apps)
    peers = Cluster.start_all(cluster)

    %{
      cluster: cluster,
      sides: [cluster.names],
      apps: for({app, _, _} <- apps, do: app),
      short: Map.new(Enum.zip(cluster.names, nodes)),
      full: Map.new(Enum.zip(nodes, cluster.names)),
      peers: peers
    }
  end

  defp happens({:up, node}, state) do
    name = state.full[node]
    peer = Cluster.start(state.cluster, name)
    # Those who are beyond the cut did not let it in while it booted.
    for there <- beyond(state.sides, name), do: part(peer, name, there)
    put_in(state.peers[name], peer)
  end

  defp happens({:give_up, app}, state) do
    tree = Module.concat(Macro.camelize(Atom.to_string(app)), Supervisor)
    peers = Map.values(state.peers)
    peer = Enum.find(peers, &Cluster.call(&1, Process, :whereis, [tree]))
    # As it ends when it gives up.
    :ok = Cluster.call(peer, Supervisor, :stop, [tree, :shutdown])
    state
  end

  # By cookies, as Cluster.cut, but of nodes that are down, too: they boot beyond the cut.
  defp happens({:split, sides}, state) do
    sides = for side <- sides, do: Enum.map(side, &state.full[&1])
    for {name, peer} <- state.peers, there <- beyond(sides, name), do: part(peer, name, there)

    for {name, peer} <- state.peers, there <- beyond(sides, name) do
      Cluster.call(peer, :erlang, :disconnect_node, [there])
    end

    %{state | sides: sides}
  end

  defp happens({:heal, []}, state) do
    for {name, peer} <- state.peers, there <- beyond(state.sides, name) do
      cookie = Cluster.call(peer, :erlang, :get_cookie, [])
      true = Cluster.call(peer, :erlang, :set_cookie, [there, cookie])
    end

    %{state | sides: [state.cluster.names]}
  end

  defp happens({how, node}, state) do
    {peer, peers} = Map.pop!(state.peers, state.full[node])
    if how == :down, do: Cluster.kill(peer), else: Cluster.stop(peer)
    %{state | peers: peers}
  end

  defp part(peer, name, there) do
    true = Cluster.call(peer, :erlang, :set_cookie, [there, :"cut_#{name}"])
  end

  defp beyond(sides, name), do: Enum.concat(Enum.reject(sides, &(name in &1)))

  # The different places, in the order in which they were seen.
  defp watch(state, seen, deadline) do
    peers = living(state.peers)
    names = Map.keys(peers)
    up = fn name -> names -- beyond(state.sides, name) end
    looked = for {name, peer} <- peers, do: {name, look(peer, state.apps, up.(name))}
    seen = remember(seen, looked, state)

    cond do
      quiet?(looked, state) ->
        Enum.reverse(seen)

      now() > deadline ->
        raise "not quiet: #{inspect({looked, seen})}"

      true ->
        # Nobody tells when a node has nothing left to do.
        receive do
        after
          10 -> watch(state, seen, deadline)
        end
    end
  end

  defp look(peer, apps, up) do
    :peer.call(peer, Probe, :look, [apps, up], 6_000)
  catch
    _kind, _reason -> :busy
  end

  defp remember(seen, looked, state) do
    places =
      for app <- state.apps do
        [to_string(app), for({name, {trees, _}} <- looked, app in trees, do: short(state, name))]
      end

    if List.first(seen) == places, do: seen, else: [places | seen]
  end

  # Nothing is to happen anywhere, and each application is on one node of a side at most.
  defp quiet?(looked, %{apps: apps, sides: sides}) do
    Enum.all?(looked, &match?({_, {_, true}}, &1)) and
      Enum.all?(for(app <- apps, side <- sides, do: {app, side}), fn {app, side} ->
        Enum.count(looked, fn {name, {on, _}} -> name in side and app in on end) < 2
      end)
  end

  defp living(peers), do: peers |> Enum.filter(fn {_, p} -> Process.alive?(p) end) |> Map.new()
  defp short(state, name), do: Atom.to_string(state.short[name])
  defp now, do: System.monotonic_time(:millisecond)
end

Play.main()
