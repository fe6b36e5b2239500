# The user has the component's readings called latest, where a line was added by hand.
"$PYTHON" -m otpgen templates eject components/watch >/dev/null
cd otpgen/templates/components/watch
sed -i 's/agent: readings/agent: latest/' component.yaml
sed -i 's/\bReadings\b/Latest/' lib/app_name.ex.jinja lib/app_name/probe.ex.jinja
cd ../../../..
sed -i '/use Agent/a\\n  def mine, do: :mine' apps/gauges/lib/gauges/readings.ex
