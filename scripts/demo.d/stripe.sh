# shellcheck shell=bash disable=SC2153,SC2154
# The demo's Stripe: the simulator, what is told to it, and what it would invoice.

start_stripe() {
  "$BINARY" stripe-simulator --port 0 >"$LOG/simulator.txt" 2>"$LOG/worker-simulator.log" &
  PROCESSES[simulator]=$!
  wait_for 30 simulator_listens || die "the simulator does not listen: $(cat "$LOG/worker-simulator.log")"
  STRIPE=$(awk '{ print $NF; exit }' "$LOG/simulator.txt")
  export STRIPE_SECRET_KEY=sk_test_demo STRIPE_API_BASE=$STRIPE STRIPE_METER_EVENTS_BASE=$STRIPE
  export STRIPE_CREATE_CUSTOMERS=true
}
simulator_listens() { [[ -s $LOG/simulator.txt ]]; }

start_outbox_worker() {
  "$BINARY" outbox-worker </dev/null >"$LOG/worker-outbox.log" 2>&1 &
  PROCESSES[outbox]=$!
}

# Makes meters and prices, reports, makes the customer, subscribes it, and waits until nothing is owed any more.
bill_through_stripe() {
  {
    run "$BINARY" stripe setup
    run "$BINARY" billing-run
  } >"$LOG/stripe-setup.txt"
  start_outbox_worker
  wait_for 60 is_customer || die "no customer was made: $(tail -n 3 "$LOG/worker-outbox.log")"
  run "$BINARY" stripe subscribe "$COMPANY" >>"$LOG/stripe-setup.txt"
  wait_for 60 nothing_owed || say "entries wait in the outbox: $("$BINARY" outbox list | tail -n 12)"
  # A second run finds nothing left to report.
  run "$BINARY" billing-run --json >"$LOG/second-run.json"
}
is_customer() { "$BINARY" companies show "$COMPANY" --json | grep -q '"cus_'; }
nothing_owed() { [[ $("$BINARY" outbox list --json | grep -c '"id"') == 0 ]]; }

ask_stripe() { curl --silent --fail --user "$STRIPE_SECRET_KEY:" "$@"; }

# Sums by event name: "order 1250", sorted.
told_to_stripe() {
  ask_stripe "$STRIPE/_simulator/effects/meter_events?summary=customer,event_name" | tr '{' '\n' |
    sed -nE 's/.*"event_name": *"([^"]*)".*"sum": *"?([0-9.]+)"?.*/\1 \2/p' | LC_ALL=C sort
}
# What the usage report says of the same metrics.
counted_for_stripe() {
  awk '$1 ~ /^(order|invoice|storage|api_call|ai_job)$/ { print $1, $2 }' "$LOG/usage.txt" | LC_ALL=C sort
}

show_stripe() {
  section "What Stripe was told of $COMPANY_NAME (the simulator's meter events, added up)"
  told_to_stripe | tee "$LOG/told.txt" | awk '{ printf "  %-12s %9s\n", $1, $2 }'
  counted_for_stripe >"$LOG/counted.txt"
  expect "metrics whose total at Stripe equals ours" "$(wc -l <"$LOG/counted.txt")" \
    "$(comm -12 "$LOG/told.txt" "$LOG/counted.txt" | wc -l)"

  section "Whether our books and Stripe's agree (usage-billing reconcile $COMPANY)"
  run "$BINARY" reconcile "$COMPANY" | tee "$LOG/reconcile.txt" || MISTAKES=$((MISTAKES + 1))

  section "What Stripe would invoice at the period's end: base fee and usage"
  local customer subscription
  customer=$("$BINARY" companies show "$COMPANY" --json | grep -oE 'cus_[A-Za-z0-9]+' | head -n 1)
  subscription=$("$BINARY" companies show "$COMPANY" --json | grep -oE 'sub_[A-Za-z0-9]+' | head -n 1)
  ask_stripe "$STRIPE/v1/invoices/create_preview" --data "customer=$customer" --data "subscription=$subscription" \
    >"$LOG/preview.json"
  local cents
  cents=$(grep -oE '"total": *-?[0-9]+' "$LOG/preview.json" | grep -oE -- '-?[0-9]+' | tail -n 1)
  printf '  %d.%02d usd\n' $((cents / 100)) $((cents % 100))
  expect "Stripe would invoice" "$EXPECTED_TOTAL" "$(printf '%d.%02d' $((cents / 100)) $((cents % 100)))"
}
