# A template that was never ejected: a copy with a line more.
mkdir -p otpgen/templates/umbrella
(echo "# ours"; cat "$PYTHONPATH/templates/umbrella/.formatter.exs.jinja") >otpgen/templates/umbrella/.formatter.exs.jinja
