# Evaluates each line of its input, an expression as base64, and prints what comes of it.
for line <- IO.stream(:stdio, :line) do
  {result, _binding} = line |> String.trim() |> Base.decode64!() |> Code.eval_string()
  IO.puts("=> " <> inspect(result))
end
