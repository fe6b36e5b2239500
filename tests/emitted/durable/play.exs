# Writes to the tables of real nodes all the time, and remembers what was acknowledged.
#
# A question is a line, Elixir to be evaluated; its answer is a line, "> " before what it inspects.
defmodule Play do
  @tables [Store.Orders, Store.AWorkerWhoseNameHasFortyLettersXy]
  @writers 5
  @patience 20_000
  @up "fn {:ok, n} -> n + 1; {:error, :none} -> 1 end"

  def main do
    :ets.new(:acknowledged, [:public, :named_table])
    :ets.new(:twice, [:public, :named_table, :bag])

    for line <- IO.stream(:stdio, :line) do
      {told, _} = Code.eval_string(line)
      IO.puts(["> ", inspect(told, limit: :infinity, width: :infinity)])
    end
  end

  def write(names) do
    for _ <- 1..@writers, do: spawn(fn -> writer(names, 1) end)
    :ok
  end

  defp writer(names, number) do
    {name, table} = {Enum.random(names), Enum.random(@tables)}
    if :rand.uniform(3) == 1, do: count(name, table), else: keep(name, table, {self(), number})
    Process.sleep(:rand.uniform(30))
    writer(names, number + 1)
  end

  # Each key once: whatever is not there was lost.
  defp keep(name, table, key) do
    key = inspect(key)
    if ask(name, "#{inspect(table)}.put(#{inspect(key)}, 1)") == :ok, do: note(table, key)
  end

  # Nobody else was told the same: each was made of what was there before.
  defp count(name, table) do
    with {:ok, number} <- ask(name, "#{inspect(table)}.update(:count, #{@up})"),
         false <- note(table, number),
         do: :ets.insert(:twice, {table, number})
  end

  defp note(table, what), do: :ets.insert_new(:acknowledged, {{table, what}})

  def acknowledged, do: :ets.info(:acknowledged, :size)
  def twice, do: :ets.tab2list(:twice)

  def put(name), do: for(table <- @tables, do: ask(name, "#{inspect(table)}.put(:all, 1)"))

  # What a node lacks of what was acknowledged before it is asked.
  def lacks(name) do
    acknowledged = :ets.tab2list(:acknowledged)
    all = for table <- @tables, do: {table, ask(name, "#{inspect(table)}.all()")}

    if Enum.all?(all, &match?({_table, {:ok, _pairs}}, &1)) do
      has = for {table, {:ok, pairs}} <- all, into: %{}, do: {table, Map.new(pairs)}
      for {{table, what}} <- acknowledged, lacks?(has[table], what), do: {table, what}
    else
      :away
    end
  end

  defp lacks?(has, number) when is_integer(number), do: Map.get(has, :count, 0) < number
  defp lacks?(has, key), do: not is_map_key(has, key)

  def cut(names, others), do: meet(names, others, ":other")

  def heal(names, others) do
    meet(names, others, ":erlang.get_cookie()")
    for name <- names, other <- others, do: ask(name, "Node.connect(#{node_of(other)})")
  end

  defp meet(names, others, cookie) do
    for name <- names, other <- others, name != other do
      node = node_of(other)
      ask(name, ":erlang.set_cookie(#{node}, #{cookie}); :erlang.disconnect_node(#{node})")
    end
  end

  defp node_of(name), do: inspect(:"#{name}@127.0.0.1")

  defp ask(name, code) do
    {told, _} = :erpc.call(:"#{name}@127.0.0.1", Code, :eval_string, [code], @patience)
    told
  catch
    _kind, reason -> {:error, reason}
  end
end

Play.main()
