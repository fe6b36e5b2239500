# shellcheck shell=bash
# Sourced by the scripts beside it, in the root of the checkout. It installs what is missing,
# and nothing else.
#
#   setup run       what it takes to generate a project and to run it
#   setup helpdesk  and those whom examples/helpdesk tells
#   setup dev       and what the tests need
#   setup all       and what the long tests need
#
# Of apt it needs root or sudo. The Python environment is .venv.

VENV=.venv

setup_say() { printf 'setup: %s\n' "$*"; }

setup_fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

setup() {
  local kind=$1 packages
  # nginx is there, and not on everybody's PATH.
  export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
  # Without it Erlang takes file names for Latin-1, and Elixir says so at every start.
  export LANG="${LANG:-C.UTF-8}"

  # One that is too old is told before anything is installed.
  if ! venv_is_current "${kind/all/dev}" && command -v python3 >/dev/null; then
    find_python >/dev/null
  fi
  packages=$(missing_packages "$kind")
  if [ "$kind" = all ]; then kind=dev; fi
  if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # words, not a text
    install_packages $packages
  fi
  venv_is_current "$kind" || make_venv "$kind"
}

# The Debian packages of what is missing, on one line.
missing_packages() {
  local names=()
  if ! venv_is_current "${1/all/dev}"; then
    if ! command -v python3 >/dev/null; then
      names+=(python3 python3-venv)
    elif ! "$(find_python)" -c 'import ensurepip, venv' 2>/dev/null; then
      names+=(python3-venv)
    fi
  fi
  command -v elixir >/dev/null || names+=(elixir)
  # Elixir brings a part of it; this is all of it that needs no display.
  command -v erl >/dev/null || names+=(erlang-nox)
  command -v nginx >/dev/null || names+=(nginx)
  command -v ps >/dev/null || names+=(procps)
  command -v git >/dev/null || names+=(git)
  if [ "$1" != run ]; then
    command -v ngircd >/dev/null || names+=(ngircd)
    # A mail server that is there already is left alone.
    if ! command -v sendmail >/dev/null; then
      names+=(msmtp-mta)
    elif ! command -v msmtp >/dev/null; then
      names+=(msmtp)
    fi
  fi
  if [ "$1" = dev ] || [ "$1" = all ]; then
    command -v shellcheck >/dev/null || names+=(shellcheck)
    command -v ss >/dev/null || names+=(iproute2)
    command -v openssl >/dev/null || names+=(openssl)
    # The desk is looked at in a browser, which Playwright drives.
    command -v chromium >/dev/null || names+=(chromium)
    # The node in Playwright's wheel is linked to it.
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || names+=(libatomic1)
    # The JSON tests are a package of npm.
    command -v npm >/dev/null || names+=(npm)
    has_odbc || names+=(erlang-odbc)
    # SQLite behind ODBC, for the kind sql.
    compgen -G '/usr/lib/*/odbc/libsqlite3odbc.so' >/dev/null || names+=(libsqliteodbc)
  fi
  if [ "$1" = all ]; then
    command -v dialyzer >/dev/null || names+=(erlang-dialyzer)
    command -v debootstrap >/dev/null || names+=(debootstrap)
    command -v wrk >/dev/null || names+=(wrk)
  fi
  echo "${names[*]}"
}

has_odbc() {
  erl -noshell -eval 'halt(case code:lib_dir(odbc) of {error, _} -> 1; _ -> 0 end)' 2>/dev/null
}

install_packages() {
  local began=$SECONDS
  command -v apt-get >/dev/null || setup_fail "missing: $* (these are Debian's names)." \
    "Install them with the package manager of this system, for instance: brew install elixir nginx"
  [ "$EUID" -eq 0 ] || command -v sudo >/dev/null ||
    setup_fail "missing: $*. As root: apt-get install --no-install-recommends $*"
  setup_say "installs $* with apt-get; no service of theirs is started"
  apt_install "$@" || exit 1
  hash -r
  setup_say "installed in $((SECONDS - began)) s"
}

as_root() {
  if [ "$EUID" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# In a subshell, for its trap: policy-rc.d, which keeps services from being started, is there
# only meanwhile; one that was there before is left alone.
apt_install() (
  policy=/usr/sbin/policy-rc.d made='' log=$(mktemp)
  # shellcheck disable=SC2317,SC2329 # the trap calls it
  clean_up() {
    rm -f "$log"
    if [ -n "$made" ]; then as_root rm -f "$policy"; fi
  }
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  # The lists may be missing or old: then it fails at once, and they are fetched.
  if ! apt_get install "$@" >"$log" 2>&1; then
    if ! { apt_get update && apt_get install "$@"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      setup_fail "apt-get failed"
    fi
  fi
  # They would be started at the next boot.
  case " $* " in *' nginx '*) disable nginx.service ;; esac
  case " $* " in *' ngircd '*) disable ngircd.service ;; esac
  case " $* " in *' msmtp-mta '*) disable msmtpd.service ;; esac
  case " $* " in *' erlang-nox '*) disable epmd.service epmd.socket ;; esac
)

disable() {
  local service
  command -v systemctl >/dev/null || return 0
  for service in "$@"; do
    as_root systemctl disable "$service" >/dev/null 2>&1 || true
  done
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# The first Python that is new enough.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  setup_fail "Python 3.11 or newer is needed; python3 is $(python3 --version 2>&1)"
}

# What the environment depends on: it is made again when one of these has changed.
venv_print() {
  "$VENV/bin/python" -c '
import hashlib, pathlib, sys
project = hashlib.sha256(pathlib.Path("pyproject.toml").read_bytes()).hexdigest()
print(project, sys.version_info[:2], pathlib.Path.cwd())' 2>/dev/null
}

# An environment of the tests is good for running, too.
venv_is_current() {
  local print
  print=$(venv_print) || return 1
  [ "$(cat "$VENV/made-for-dev" 2>/dev/null)" = "$print" ] ||
    [ "$(cat "$VENV/made-for-$1" 2>/dev/null)" = "$print" ]
}

make_venv() {
  local began=$SECONDS kind=$1 python
  shift
  python=$(find_python) || exit 1
  setup_say "makes the Python environment $VENV from pyproject.toml"
  if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv "$VENV" || setup_fail "$python -m venv $VENV failed"
  fi
  if [ "$kind" != run ]; then
    # Known since pip 25.1.
    if ! "$VENV/bin/python" -m pip install --help 2>/dev/null | grep -q -e --group; then
      pip install --upgrade pip || setup_fail "pip cannot be upgraded in $VENV"
    fi
    set -- --group "$kind"
  fi
  pip install --editable . "$@" || setup_fail "pip install failed"
  venv_print >"$VENV/made-for-$kind"
  setup_say "made in $((SECONDS - began)) s"
}

# What it says matters only when it fails.
pip() {
  local log
  log=$(mktemp)
  if ! "$VENV/bin/python" -m pip --disable-pip-version-check "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
