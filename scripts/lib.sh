# shellcheck shell=bash
# Shared by the scripts of this folder, sourced after `set -euo pipefail`: messages, packages, waiting, signals, servers.

unset CDPATH
ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
DEV="$ROOT/.dev"

# Whatever SwiftPM, clang, Go and pip would keep below the home folder stays inside the clone.
export XDG_CACHE_HOME="$DEV/cache" XDG_CONFIG_HOME="$DEV/cache/config" XDG_DATA_HOME="$DEV/cache/data"
export CLANG_MODULE_CACHE_PATH="$DEV/cache/clang"

# shellcheck disable=SC2034  # used by the scripts that source this file
BUILD_PACKAGES=(
  g++ libcurl4-openssl-dev libmicrohttpd-dev libpq-dev librabbitmq-dev libsimdjson-dev libssl-dev libzstd-dev pkg-config)
SERVER_PACKAGES=(openssl postgresql-15 rabbitmq-server)

# Messages go to stderr: stdout belongs to what a script is asked for (a path, a table, JSON).
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
[[ -t 2 ]] || say() { printf '==> %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
usage_error() {
  printf 'error: %s (see --help)\n' "$*" >&2
  exit 2
}
# print_help: the comment at the top of the calling script is its help text.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# wait_for SECONDS COMMAND…: polls until the command succeeds; fails when the time is over.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# --- Packages -------------------------------------------------------------------------------------------------------

as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

# install_packages NAME…: those that are missing, and nothing when all are there. Scripts call it themselves, before
# they `run` others: sudo may have to ask for a password, which only the terminal's foreground can.
install_packages() {
  local name missing=()
  for name in "$@"; do
    [[ $(dpkg-query -Wf '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || command -v sudo >/dev/null || die "missing packages, and neither root nor sudo: ${missing[*]}"
  say "installing ${missing[*]}"
  deny_service_starts
  # The package lists of a fresh machine are empty or old: only then is an update worth its time.
  apt_install "${missing[@]}" >/dev/null 2>&1 || { as_root apt-get update -qq && apt_install "${missing[@]}" >/dev/null; }
  allow_service_starts
}
apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

# Debian starts a server when its package is installed. Ours are private ones, so while packages are installed
# the start of system services is denied by the means that Debian provides for this; an existing policy is left alone.
POLICY=/usr/sbin/policy-rc.d
OUR_POLICY=
deny_service_starts() {
  [[ ! -e $POLICY ]] || return 0
  OUR_POLICY=$POLICY
  at_exit allow_service_starts
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
}
allow_service_starts() {
  [[ -n $OUR_POLICY ]] || return 0
  as_root rm -f "$OUR_POLICY"
  OUR_POLICY=
}

# --- Signals and what is left running -------------------------------------------------------------------------------

# at_exit COMMAND…: run when the script ends, however it ends, in the order of registration: processes end before the
# servers that they use.
CLEANUPS=()
at_exit() {
  CLEANUPS+=("$(printf '%q ' "$@")")
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap run_cleanups EXIT
}
run_cleanups() {
  local status=$? cleanup
  trap '' HUP INT TERM
  set +e
  for cleanup in "${CLEANUPS[@]}"; do eval "$cleanup"; done
  exit "$status"
}

# run COMMAND…: waits for a command in such a way that a signal to this script is handled at once, not when the
# command ends. Job control gives the command a process group of its own with signals as they should be.
run() {
  local job
  set -m
  "$@" </dev/null &
  job=$!
  set +m
  wait "$job"
}

# Processes started by the outermost script inherit this mark and are found by it, wherever they were reparented.
# Servers and what makes their files run without it: `scripts/dev` has them on record and stops them in an orderly way.
mark_processes() {
  [[ -z ${USAGE_BILLING_RUN:-} ]] || return 0
  export USAGE_BILLING_RUN="$$-$EPOCHREALTIME"
  at_exit stop_marked_processes
}
marked_processes() {
  env -u USAGE_BILLING_RUN grep -lzxF "USAGE_BILLING_RUN=$USAGE_BILLING_RUN" /proc/[0-9]*/environ 2>/dev/null |
    cut -d/ -f3 || true
}
no_marked_processes() { [[ -z $(marked_processes) ]]; }
signal_marked_processes() {
  local pids
  mapfile -t pids < <(marked_processes)
  ((${#pids[@]} == 0)) || kill -"$1" "${pids[@]}" 2>/dev/null || true
}
stop_marked_processes() {
  no_marked_processes && return 0
  signal_marked_processes TERM
  wait_for 5 no_marked_processes || signal_marked_processes KILL
}

# --- Building -------------------------------------------------------------------------------------------------------

# What was built where the clone lay before it was moved or copied names files of the old place.
drop_stale_build() {
  local manifest
  for manifest in "$ROOT"/.build/{debug,release}.yaml; do
    [[ -e $manifest ]] || continue
    ! grep -qF "\"$ROOT/.build/" "$manifest" || continue
    say "this clone was moved or copied: building anew"
    rm -rf "$ROOT/.build" "$DEV/cache" "$DEV/tools"
    return
  done
}

# swift_package SUBCOMMAND…: `swift build` and `swift test` inside the clone, at most SWIFT_LIMIT long.
swift_package() {
  local subcommand=$1
  shift
  mkdir -p "$DEV/cache/tmp"
  TMPDIR="$DEV/cache/tmp" timeout --kill-after=10 "${SWIFT_LIMIT:-1h}" \
    swift "$subcommand" --package-path "$ROOT" --scratch-path "$ROOT/.build" "$@"
}
binary_path() { printf '%s\n' "$ROOT/.build/$1/usage-billing"; }

# --- Servers --------------------------------------------------------------------------------------------------------

# use_servers INSTANCE: exports AMQP_URL, AMQPS_URL, DATABASE_URL and PATIENT_REFERENCE_KEY, of private servers that end with the
# script (unless KEEP_SERVERS is set), or as the environment has them already.
use_servers() {
  if [[ -n ${AMQP_URL:-} && -n ${DATABASE_URL:-} ]]; then
    say "using the servers of AMQP_URL and DATABASE_URL"
    export PATIENT_REFERENCE_KEY="${PATIENT_REFERENCE_KEY:-$(random_key)}"
    return
  fi
  [[ -z ${AMQP_URL:-}${DATABASE_URL:-} ]] || usage_error "set both AMQP_URL and DATABASE_URL, or neither"
  install_packages "${SERVER_PACKAGES[@]}"
  export DEV_INSTANCE=$1
  [[ -n ${KEEP_SERVERS:-} ]] || at_exit "$ROOT/scripts/dev" down
  # What an earlier run left, kept or killed, must not be counted in this one.
  run "$ROOT/scripts/dev" down
  run "$ROOT/scripts/dev" up
  local exports
  exports=$("$ROOT/scripts/dev" env)
  eval "$exports"
}
random_key() { printf '1:%s\n' "$(od -An -N32 -v -tx1 /dev/urandom | tr -d ' \n')"; }
