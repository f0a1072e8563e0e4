# shellcheck shell=bash disable=SC2153
# A private RabbitMQ node: own name, own epmd, own folder, loopback only, with and without TLS, no plugins.

BROKER_COMMAND=/usr/lib/rabbitmq/bin/rabbitmq-server

broker_running() { running broker "$FOLDER/broker"; }

start_broker() {
  start_epmd
  ! broker_running || return 0
  local folder="$FOLDER/broker"
  mkdir -p "$folder"/{home,mnesia,log,config,tmp}
  echo '[].' >"$folder/enabled_plugins"
  make_certificate "$folder/tls"
  cat >"$folder/rabbitmq.conf" <<CONF
listeners.ssl.1 = 127.0.0.1:$TLS_PORT
ssl_options.certfile = $folder/tls/certificate.pem
ssl_options.keyfile = $folder/tls/key.pem
CONF
  : >"$folder/rabbitmq-env.conf"
  local settings=(
    HOME="$folder/home"
    TMPDIR="$folder/tmp"
    ERL_CRASH_DUMP="$FOLDER/log/erl_crash.dump"
    ERL_EPMD_ADDRESS=127.0.0.1
    ERL_EPMD_PORT="$EPMD_PORT"
    RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf"
    RABBITMQ_CONF_ENV_FILE="$folder/rabbitmq-env.conf"
    RABBITMQ_DIST_PORT="$DIST_PORT"
    RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins"
    RABBITMQ_GENERATED_CONFIG_DIR="$folder/config"
    RABBITMQ_LOG_BASE="$folder/log"
    RABBITMQ_LOGS=-
    RABBITMQ_MNESIA_BASE="$folder/mnesia"
    RABBITMQ_NODENAME="usage-billing-$NAME@localhost"
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
    RABBITMQ_NODE_PORT="$BROKER_PORT"
    # The node's processes talk to each other on this address only.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
    # Makes the start script become the server, so that the pid is the server's and SIGTERM a graceful stop.
    RUNNING_UNDER_SYSTEMD=true
  )
  (cd "$folder" && spawn broker env -u NOTIFY_SOCKET "${settings[@]}" "$BROKER_COMMAND")
}

# make_certificate FOLDER: one that is its own authority, for localhost.
make_certificate() {
  [[ ! -s $1/certificate.pem ]] || return 0
  mkdir -p "$1"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$1/key.pem" -out "$1/new.pem" >"$FOLDER/log/openssl.log" 2>&1 ||
    die "no certificate: $(cat "$FOLDER/log/openssl.log")"
  mv "$1/new.pem" "$1/certificate.pem"
}

# The node would start an epmd of its own that survives it; this one is stopped with it.
start_epmd() {
  ! running epmd "$EPMD_PORT" || return 0
  spawn epmd epmd -port "$EPMD_PORT" -address 127.0.0.1
  wait_for 10 answers "$EPMD_PORT" || die "epmd did not start on port $EPMD_PORT: $(cat "$FOLDER/log/epmd.log")"
}

# Answers, or has died: either way there is nothing more to wait for.
broker_settled() { broker_ready || ! broker_running; }
broker_ready() { grep -qs 'Server startup complete' "$FOLDER/log/broker.log" && answers "$BROKER_PORT"; }

stop_broker() {
  stop_process broker "$FOLDER/broker" TERM
  stop_process epmd "$EPMD_PORT" TERM
}
kill_broker() {
  stop_process broker "$FOLDER/broker" KILL
  stop_process epmd "$EPMD_PORT" TERM
}
