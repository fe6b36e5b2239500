# The user's kind had an option keep, which is called hold now; its child is renamed as well.
"$PYTHON" -m otpgen templates new-kind mqtt >/dev/null
sed -i 's/\[store\]/[store, {mqtt: broker, keep: 3}]/' otpgen.yaml
"$PYTHON" -m otpgen regenerate >/dev/null
sed -i 's/\bkeep\b/hold/g' otpgen/templates/kinds/mqtt/*
sed -i '1a\  # mine' apps/core/lib/core/broker.ex
