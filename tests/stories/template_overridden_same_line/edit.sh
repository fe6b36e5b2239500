# Every supervisor logs that it starts.
"$PYTHON" -m otpgen templates eject apps/core/lib/core/supervisor.ex >/dev/null
template=otpgen/templates/umbrella/apps/app_name/lib/app_name/module_path.supervisor.ex.jinja
sed -i '/def init(/a\    Logger.info("#{inspect(__MODULE__)} starts")\n' $template
sed -i 's/^  <%= use %>$/&\n  require Logger/' $template
"$PYTHON" -m otpgen regenerate >/dev/null
