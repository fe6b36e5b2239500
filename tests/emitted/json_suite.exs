# Decodes every file of a folder and says what came of it: a line of JSON for each.
[folder] = System.argv()

for name <- Enum.sort(File.ls!(folder)), Path.extname(name) == ".json" do
  text = File.read!(Path.join(folder, name))

  case Texts.Codec.decode(text) do
    {:ok, value} ->
      {:ok, again} = Texts.Codec.encode(value)
      {:ok, ^value} = Texts.Codec.decode(again)
      IO.puts("#{name} #{again}")

    {:error, :not_json} ->
      IO.puts(name)
  end
end
