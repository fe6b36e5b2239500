# Edits in the renamed application, in its test, and a reference to it from elsewhere.
sed -i 's/count: count + 1}, count + 1}/count: count + 2}, count + 2}/' apps/web/lib/web/front.ex
printf 'defmodule Web.Mine do\n  def hello, do: Web.Front.ask(:hello)\nend\n' > apps/web/lib/web/mine.ex
sed -i 's/^  # Its state.*/&\n  # Web.Front asks it; {:web, 1} is a message of our own./' apps/core/lib/core/store.ex
