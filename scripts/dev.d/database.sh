# shellcheck shell=bash disable=SC2153
# A private PostgreSQL server: loopback only, durable like a real one, no password.

POSTGRES=/usr/lib/postgresql/15/bin

# PostgreSQL refuses to run as root: there the user of the Debian package runs it.
DATABASE_USER=()
((EUID != 0)) || DATABASE_USER=(setpriv --reuid=postgres --regid=postgres --init-groups)

database_folder() { cat "$FOLDER/database.path" 2>/dev/null; }
database_running() { running database "$(database_folder)/data"; }

# In the instance's folder, or in a temporary one where a closed folder above keeps the database's user out.
make_database_folder() {
  local folder="$FOLDER/database"
  mkdir -p "$folder"
  if ! "${DATABASE_USER[@]}" test -x "$folder"; then
    rmdir "$folder"
    folder=$(mktemp -d "${TMPDIR:-/tmp}/usage-billing-$NAME.XXXXXX")
    "${DATABASE_USER[@]}" test -x "$(dirname "$folder")" || die "the database's user cannot reach $folder: set TMPDIR"
  fi
  echo "$folder" >"$FOLDER/database.path"
  ((EUID != 0)) || chown postgres: "$folder"
}

# initdb and the single-user server leave shared memory behind when a signal ends them: in a session of their own, and
# unmarked, they finish first.
make_database() { env -u USAGE_BILLING_RUN setsid --wait "${DATABASE_USER[@]}" "$@"; }

create_database() {
  [[ -n $(database_folder) ]] || make_database_folder
  local folder data
  folder=$(database_folder)
  data="$folder/data"
  [[ ! -e $folder/ready ]] || return 0
  rm -rf "$data"
  cd "$folder" || die "the database's folder is gone: $folder"
  make_database "$POSTGRES/initdb" --pgdata="$data" --username=billing --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync >"$FOLDER/log/initdb.log" 2>&1 || die "initdb failed: $(cat "$FOLDER/log/initdb.log")"
  # As an operator would have it on this machine: a quarter of its memory, 4 GB at most.
  local megabytes
  megabytes=$(awk '/^MemTotal:/ { m = int($2 / 4096); print (m < 128 ? 128 : m > 4096 ? 4096 : m) }' /proc/meminfo)
  cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $DATABASE_PORT
unix_socket_directories = ''
max_connections = 200
shared_buffers = ${megabytes}MB
max_wal_size = 16GB
checkpoint_timeout = 30min
timezone = 'UTC'
log_timezone = 'UTC'
CONF
  # The single-user mode needs no running server, so that this server is ready when it first answers.
  make_database "$POSTGRES/postgres" --single -D "$data" postgres <<<'create database usage_billing' \
    >>"$FOLDER/log/initdb.log" 2>&1 || die "cannot create the database: $(cat "$FOLDER/log/initdb.log")"
  touch "$folder/ready"
}

start_database() {
  ! database_running || return 0
  create_database
  unlock_database
  local folder
  folder=$(database_folder)
  # The database's user may be unable to read the folder this script was called in.
  cd "$folder" || die "the database's folder is gone: $folder"
  spawn database "${DATABASE_USER[@]}" "$POSTGRES/postgres" -D "$folder/data"
}

# Answers, or has died: either way there is nothing more to wait for.
database_settled() { database_ready || ! database_running; }
database_ready() { "$POSTGRES/pg_isready" -q -h 127.0.0.1 -p "$DATABASE_PORT" -t 2; }

stop_database() { stop_process database "$(database_folder)/data" INT; }

# The children die too: they would notice the death of their parent, but only when they next wait for something.
kill_database() {
  local pid children=()
  if database_running; then
    pid=$(<"$FOLDER/database.pid")
    read -ra children <"/proc/$pid/task/$pid/children" || true
  fi
  stop_process database "$(database_folder)/data" KILL
  ((${#children[@]} == 0)) || kill -KILL "${children[@]}" 2>/dev/null || true
  wait_for 30 database_memory_unused || die "processes of the killed database are still running"
}

# A crashed server leaves its lock file. PostgreSQL judges it by the process number, which a container whose first
# process reaps no children keeps for ever; whether a process still has the shared memory decides safely.
unlock_database() {
  [[ -e $(database_folder)/data/postmaster.pid ]] || return 0
  wait_for 30 database_memory_unused || die "processes of a crashed database are still running"
  rm -f "$(database_folder)/data/postmaster.pid"
}
database_memory_unused() {
  local segment attached
  segment=$(sed -n '7s/.* //p' "$(database_folder)/data/postmaster.pid" 2>/dev/null) || return 0
  attached=$(awk -v id="$segment" '$2 == id { print $7 }' /proc/sysvipc/shm)
  [[ ${attached:-0} == 0 ]]
}

remove_database() {
  local folder
  folder=$(database_folder) || return 0
  # Shared memory of a crashed server is freed by the next one only.
  if [[ -e $folder/data/postmaster.pid ]] && ! database_running; then
    start_database
    await_ready database
  fi
  stop_process database "$folder/data" QUIT
  rm -rf "$folder" "$FOLDER/database.path"
}
