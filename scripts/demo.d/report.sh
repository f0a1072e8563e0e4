# shellcheck shell=bash disable=SC2153,SC2154
# What the demo shows in the end, and whether it is what it has to be.

EXPECTED_TOTAL=478.50

section() { printf '\n%s\n\n' "$*"; }
[[ ! -t 1 ]] || section() { printf '\n\033[1m%s\033[0m\n\n' "$*"; }

# show_report BEGAN ENDED
show_report() {
  local good repeats bad all counted letters surplus
  good=$(published good) repeats=$(published duplicates) bad=$(published bad)
  all=$((good + repeats + bad))
  counted=$(counted) letters=$(dead_letters)
  surplus=$((letters - bad))

  section "What was published, and what became of it"
  printf '  %-18s %7s   %s\n' \
    "good messages" "$good" "$counted counted: records in the ledger" \
    "repeats of those" "$repeats" "$((all - counted - bad)) recognised as duplicates, not counted again" \
    "bad messages" "$bad" "$letters dead letters, each with its reason" \
    "all together" "$all" "$(queue_tool count usage.recorded) left in the queue"
  ((surplus <= 0)) || cat <<NOTE

  $surplus dead letters are there twice: worker 1 had written them when it was killed, but not acknowledged the messages,
  so worker 2 got these again. Records cannot be there twice: the ledger's key does not let them in.
NOTE
  expect "every good message is counted, and once" "$good" "$counted"
  expect "bad messages without a dead letter" 0 "$((surplus < 0 ? -surplus : 0))"
  expect "messages left in the queue" 0 "$(queue_tool count usage.recorded)"

  section "Dead letters by reason, and the first three of them (usage-billing dead-letters list)"
  run "$BINARY" dead-letters list --queue usage.recorded --limit 100000 --json >"$LOG/dead-letters.json"
  grep -oE '"reason": *"[^"]*"' "$LOG/dead-letters.json" | cut -d'"' -f4 | sort | uniq -c | sort -rn |
    awk '{ printf "  %-22s %9d\n", $2, $1 }'
  echo
  run "$BINARY" dead-letters list --queue usage.recorded --limit 3

  show_thresholds

  section "What $COMPANY_NAME used in $EXAMPLE_MONTH, and what it costs (usage-billing usage $COMPANY)"
  run "$BINARY" usage "$COMPANY" --period "$EXAMPLE_MONTH-01" | tee "$LOG/usage.txt"
  expect "the month of $COMPANY_NAME costs" "$EXPECTED_TOTAL" "$(awk '$1 == "Total" { print $2 }' "$LOG/usage.txt")"

  show_stripe

  section "Whether records, totals, charges, invoices and entries for Stripe agree (usage-billing verify)"
  run "$BINARY" verify | tee "$LOG/verify.txt" || true
  expect "verify finds" clean "$(sed 's/:.*//;q' "$LOG/verify.txt")"

  section "Rate"
  awk -v all="$all" -v from="$1" -v to="$2" 'BEGIN {
    printf "  %d messages in %.1f s, %d a second: from the first publish to the last commit, on a machine that\n", all, to - from, all / (to - from)
    print "  publishes, brokers, counts and stores at the same time, and with one worker less half-way through" }'

  show_invoice
}

# Written by the billing run that told Stripe; the month that runs has none yet.
show_invoice() {
  local number line
  number=$("$BINARY" invoices list "$COMPANY" --json | grep -oE '"number": *[0-9]+' | grep -oE '[0-9]+' | head -n 1)
  run "$BINARY" invoices show "$number" >"$LOG/invoice.txt"
  line=$(awk '$2 == "api_call" { print $1 }' "$LOG/invoice.txt")
  section "What one of its lines is made of (usage-billing invoices explain $line)"
  run "$BINARY" invoices explain "$line" --limit 2 | tee "$LOG/explained.txt" || MISTAKES=$((MISTAKES + 1))

  section "The invoice of $COMPANY_NAME for $BILLED_MONTH (usage-billing invoices show $number)"
  cat "$LOG/invoice.txt"
  expect "its lines" "199.00 125.00 49.00 45.00 0.50 60.00" \
    "$(awk '$1 ~ /^[0-9]+$/ { printf "%s%s", sep, $NF; sep = " " }' "$LOG/invoice.txt")"
  expect "the invoice comes to" "$EXPECTED_TOTAL" "$(awk '$1 == "Total" { print $2 }' "$LOG/invoice.txt")"
  expect "the line adds up" "It adds up." "$(tail -n 1 "$LOG/explained.txt")"
}

show_thresholds() {
  local shown=4 got distinct expected
  got=$(wc -l <"$LOG/thresholds.jsonl")
  expected=$(wc -l <"$LOG/thresholds.expected")
  distinct=$(grep -oE '"messageId":"[^"]*"' "$LOG/thresholds.jsonl" | sort -u | wc -l)
  section "Threshold messages, as the subscriber got them: the first $shown of $got"
  head -n "$shown" "$LOG/thresholds.jsonl"
  received_thresholds >"$LOG/thresholds.received"
  expect "every level reached is announced, and no other" "$expected" \
    "$(LC_ALL=C comm -12 "$LOG/thresholds.expected" "$LOG/thresholds.received" | wc -l)"
  expect "each under one message id" "$(wc -l <"$LOG/thresholds.received")" "$distinct"
  expect "threshold messages in all" "$expected" "$distinct"
}

CHECKS=()
MISTAKES=0

# expect WHAT EXPECTED FOUND
expect() {
  if [[ $2 == "$3" ]]; then
    CHECKS+=("ok      $1: $3")
  else
    CHECKS+=("WRONG   $1: ${3:-nothing}, but it should be $2")
    MISTAKES=$((MISTAKES + 1))
  fi
}

# Fails if any figure is wrong.
verdict() {
  section "The demo's own check of these figures"
  printf '  %s\n' "${CHECKS[@]}"
  echo
  ((MISTAKES == 0)) || die "$MISTAKES of ${#CHECKS[@]} figures are wrong; logs are in $LOG"
  echo "All ${#CHECKS[@]} figures are right."
}
