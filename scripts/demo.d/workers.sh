# shellcheck shell=bash disable=SC2153,SC2154
# The demo's processes, and how far they have come.

declare -A PROCESSES=()

start_worker() {
  "$BINARY" usage-worker </dev/null >"$LOG/worker-$1.log" 2>&1 &
  PROCESSES[$1]=$!
}
# workers_consume N: whether at least so many consumers are there.
workers_consume() { (($(queue_tool consumers usage.recorded) >= $1)); }
# A worker that is asked to end finishes its batch, acknowledges, and exits with 0.
stop_worker() {
  kill -TERM "${PROCESSES[$1]}"
  wait "${PROCESSES[$1]}" || die "worker $1 did not end well: $(tail -n 5 "$LOG/worker-$1.log")"
}
kill_worker_half_way() {
  wait_for 120 half_way || die "only $(counted) records counted after 2 minutes"
  kill -KILL "${PROCESSES[$1]}"
  wait "${PROCESSES[$1]}" 2>/dev/null || true
  say "killed worker $1 (kill -9) with $(counted) records in the ledger"
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

counted() { psql -qAtX -c "select count(*) from billing.usage_records where kind = 'u'" "$DATABASE_URL"; }
dead_letters() { queue_tool count usage.recorded.dead-letter; }
expected_records() { echo $((MONTH + $(published published) - $(published duplicates) - $(published bad))); }
progress() { echo "$(counted) of $(expected_records) records, $(dead_letters) of $(published bad) dead letters"; }

half_way() { (($(counted) >= OTHERS / 2)); }
drained() {
  (($(counted) == $(expected_records) && $(dead_letters) == $(published bad) && $(queue_tool count usage.recorded) == 0))
}

# summary BEGAN ENDED
summary() {
  local all=$((MONTH + $(published published)))
  printf '%-26s%10s\n' \
    'published' "$all" \
    'counted' "$(counted)" \
    'recognised as duplicate' "$(published duplicates)" \
    'dead letters' "$(dead_letters)" \
    'messages a second' "$(awk -v n="$all" -v from="$1" -v to="$2" 'BEGIN { printf "%d", n / (to - from) }')"
}

show_thresholds() {
  local limit=10 all
  all=$(wc -l <"$LOG/thresholds.jsonl")
  head -n "$limit" "$LOG/thresholds.jsonl"
  ((all <= limit)) || echo "… $all in all, in $LOG/thresholds.jsonl"
}
