# A file of the user's own beside those of otpgen.
printf 'defmodule Web.Mine do\nend\n' > apps/web/lib/web/mine.ex
