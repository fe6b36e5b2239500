# Creates an umbrella of COUNT applications as `mix new` does, all in this one VM, and prints
# the seconds that took without the start of the VM:
#
#     elixir mix_new.exs FOLDER COUNT

[folder, count] = System.argv()
Mix.start()
Mix.shell(Mix.Shell.Quiet)

create = fn ->
  Mix.Tasks.New.run([folder, "--umbrella"])

  File.cd!(Path.join(folder, "apps"), fn ->
    for number <- 1..String.to_integer(count) do
      Mix.Tasks.New.run(["app_#{String.pad_leading("#{number}", 4, "0")}", "--sup"])
    end
  end)
end

{microseconds, _} = :timer.tc(create)
IO.puts(microseconds / 1_000_000)
