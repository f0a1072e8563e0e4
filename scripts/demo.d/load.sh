# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# Who is registered in the demo, and what is published.

COMPANY=optical-labs
COMPANY_NAME="Optical Labs Inc."
OTHERS=100000
COMPANIES=1000
# So many of the others are registered, with a threshold for orders so low that about half of them will reach it.
WARNED=40
THRESHOLD=20

# The last whole month: its periods are over, none of its messages is ahead of the clock, and none is too old.
MONTH=$(date -u -d "$(date -u +%Y-%m-01) -1 day" +%Y-%m)

# The company whose usage Stripe is told: in the period that runs, so that its meters take it.
EXAMPLE_MONTH=$(date -u +%Y-%m)

# It used as much in the month before, from which on it is a customer: that month is closed, and has an invoice.
BILLED_MONTH=$MONTH

register_companies() {
  local number
  {
    "$BINARY" companies set "$COMPANY" --name "$COMPANY_NAME" --stripe-mode live
    for number in $(seq -f %05g "$WARNED"); do
      "$BINARY" companies set "comp-$number" --name "Company $((10#$number))" --rate "order:threshold=$THRESHOLD"
    done
  } >"$LOG/companies.txt"
}

# Both write the distinct good messages to a file, beside the counts of what was published.
publish_others() {
  "$BINARY" publish --messages "$OTHERS" --companies "$COMPANIES" --duplicates 5 --bad 1 --month "$MONTH" \
    --ledger "$LOG/others.jsonl" --json </dev/null >"$LOG/others.json" 2>"$LOG/others.log"
}
# 1,250 orders, 980 invoices, a storage sample of up to 45 GB each day, 50,000 API calls and 120 AI jobs. Another seed, so
# that its bad messages are others.
publish_month() {
  "$BINARY" publish --example-month "$COMPANY" --duplicates 5 --bad 1 --month "$EXAMPLE_MONTH" --seed 2 \
    --ledger "$LOG/month.jsonl" --json </dev/null >"$LOG/month.json" 2>"$LOG/month.log"
  "$BINARY" publish --example-month "$COMPANY" --duplicates 5 --bad 1 --month "$BILLED_MONTH" --seed 3 \
    --ledger "$LOG/billed.jsonl" --json </dev/null >"$LOG/billed.json" 2>>"$LOG/month.log"
}

# published FIELD: a number of what both said, added up.
published() {
  grep -ohE "\"$1\": *[0-9]+" "$LOG/others.json" "$LOG/month.json" "$LOG/billed.json" | awk '{ sum += $NF } END { print sum + 0 }' FS='[: ]+'
}

# The threshold messages that have to come of it: "COMPANY LEVEL", sorted.
expected_thresholds() {
  awk -F'"' -v threshold="$THRESHOLD" -v warned="$WARNED" '
    $6 == "companyId" && $10 == "metric" && $12 == "order" { orders[$8]++ }
    END {
      for (number = 1; number <= warned; number++) {
        company = sprintf("comp-%05d", number)
        if (orders[company] >= 0.8 * threshold) print company, "0.8"
        if (orders[company] >= threshold) print company, "1"
      }
    }' "$LOG/others.jsonl" | LC_ALL=C sort
}
# Those that came, each once, in the same form.
received_thresholds() {
  sed -nE 's/.*"companyId":"([^"]*)".*"level":([0-9.]+).*/\1 \2/p' "$LOG/thresholds.jsonl" | LC_ALL=C sort -u
}
