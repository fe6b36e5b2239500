# Since then: what a supervisor is given has a comment, and mix.exs a line more.
sed -i 's|^  @impl true|  # What it is given goes on to its children.\n&|' umbrella/apps/app_name/lib/app_name/module_path.supervisor.ex.jinja
sed -i 's|^  use Mix.Project|&\n\n  # The umbrella.|' umbrella/mix.exs.jinja
