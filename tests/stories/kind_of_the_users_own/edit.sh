# The user has a kind mqtt, and one broker of it.
"$PYTHON" -m otpgen templates new-kind mqtt >/dev/null
