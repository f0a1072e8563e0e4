# shellcheck shell=bash
# Background processes with pid files, and free ports.

# spawn NAME COMMAND…: starts a process that outlives this script, with $FOLDER/NAME.pid and $FOLDER/log/NAME.log.
# The process writes its own pid file before it becomes the command: whenever this script is killed, it is on record.
spawn() {
  local name=$1
  shift
  rm -f "$FOLDER/$name.pid"
  # shellcheck disable=SC2016
  env -u USAGE_BILLING_RUN setsid bash -c 'echo $$ >"$0" && exec "$@"' "$FOLDER/$name.pid" "$@" \
    </dev/null >"$FOLDER/log/$name.log" 2>&1 9>&- &
  wait_for 10 test -s "$FOLDER/$name.pid" || die "cannot start the $name: $(cat "$FOLDER/log/$name.log")"
}

# running NAME PATTERN: whether the process of the pid file lives and is what it was (numbers are used again);
# a dead one that nobody has waited for has no command line.
running() {
  local pid
  pid=$(cat "$FOLDER/$1.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$2"
}
not_running() { ! running "$@"; }

# stop_process NAME PATTERN SIGNAL: signals it and waits until it is gone, with SIGKILL after 30 seconds.
stop_process() {
  local name=$1 pattern=$2 signal
  for signal in "$3" KILL; do
    running "$name" "$pattern" || break
    kill -"$signal" "$(<"$FOLDER/$name.pid")" 2>/dev/null || true
    wait_for 30 not_running "$name" "$pattern" && break
  done
  rm -f "$FOLDER/$name.pid"
}

# free_port TAKEN…: a port below the range of outgoing connections that nothing uses and that is not one of TAKEN.
free_port() {
  local port hex
  while true; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    hex=$(printf '%04X' "$port")
    [[ " $* " != *" $port "* ]] || continue
    grep -qE "^ *[0-9]+: [0-9A-F]+:$hex " /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
  done
  echo "$port"
}

# answers PORT: whether something on 127.0.0.1 takes a connection there.
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
