defmodule GreetingWithANameAsLongAsMayBe do
  @moduledoc "A package of the user's own."

  @doc "Says hello."
  def hello, do: :world
end
