defmodule GreetingWithANameAsLongAsMayBe.MixProject do
  use Mix.Project

  def project, do: [app: :greeting_with_a_name_as_long_as_may_be, version: "0.1.0"]
end
