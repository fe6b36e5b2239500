# Since then: otpgen's own supervisors write to the log in the same place.
sed -i '/def init(/a\    :logger.debug("starts")' umbrella/apps/app_name/lib/app_name/module_path.supervisor.ex.jinja
