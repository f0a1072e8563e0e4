# shellcheck shell=bash disable=SC2153,SC2154
# The demo's processes, and how far they have come.

declare -A PROCESSES=()

# broker_host_port: "HOST PORT" of AMQP_URL.
broker_host_port() {
  local address=${AMQP_URL#*://}
  address=${address##*@}
  address=${address%%[/?]*}
  [[ $address == *:* ]] || address+=:5672
  echo "${address%:*} ${address##*:}"
}
queue_tool() {
  local host port
  read -r host port < <(broker_host_port)
  "$TOOLS/queue" "$host" "$port" "$@"
}

start_worker() {
  "$BINARY" usage-worker </dev/null >"$LOG/worker-$1.log" 2>&1 &
  PROCESSES[$1]=$!
}
# Each worker has two lanes, and each lane is a consumer.
workers_consume() { (($(queue_tool consumers usage.recorded) >= 4)); }
# A worker that is asked to end finishes its batch, acknowledges, and exits with 0.
stop_worker() {
  kill -TERM "${PROCESSES[$1]}"
  wait "${PROCESSES[$1]}" || die "worker $1 did not end well: $(tail -n 5 "$LOG/worker-$1.log")"
}
kill_worker_half_way() {
  wait_for 120 half_way || die "only $(events) records counted after 2 minutes"
  kill -KILL "${PROCESSES[$1]}"
  wait "${PROCESSES[$1]}" 2>/dev/null || true
  say "killed worker $1 (kill -9) with about $(events) records counted"
}

start_subscriber() {
  local host port
  read -r host port < <(broker_host_port)
  "$TOOLS/subscribe" "$host" "$port" billing.events billing.threshold_exceeded \
    </dev/null >"$LOG/thresholds.jsonl" 2>"$LOG/subscriber.log" &
  PROCESSES[subscriber]=$!
  wait_for 30 subscriber_settled && grep -q ready "$LOG/subscriber.log" ||
    die "no subscription: $(cat "$LOG/subscriber.log")"
}
# Bound, or ended with an error.
subscriber_settled() { grep -q . "$LOG/subscriber.log"; }
stop_subscriber() {
  kill -TERM "${PROCESSES[subscriber]}"
  wait "${PROCESSES[subscriber]}" || die "the subscriber failed: $(cat "$LOG/subscriber.log")"
}

query() { psql -qAtX -v ON_ERROR_STOP=1 -c "$1" "$DATABASE_URL"; }
# The ledger itself, and its totals, which are quicker to ask.
counted() { query "select count(*) from billing.usage_records where kind = 'u'"; }
events() { query "select coalesce(sum(events), 0) from billing.usage_periods"; }
dead_letters() { queue_tool count usage.recorded.dead-letter; }

half_way() { (($(events) >= OTHERS / 2)); }
drained() {
  (($(queue_tool count usage.recorded) == 0)) &&
    (($(events) >= $(published good) && $(dead_letters) >= $(published bad)))
}
thresholds_arrived() { (($(wc -l <"$LOG/thresholds.jsonl") >= $(wc -l <"$LOG/thresholds.expected"))); }
