# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# What the demo publishes: an example month of one company, with other tools than the product's, and many others.

COMPANY=optical-labs
COMPANY_NAME="Optical Labs Inc."
OTHERS=100000

# broker_host_port: "HOST PORT" of AMQP_URL.
broker_host_port() {
  local address=${AMQP_URL#*://}
  address=${address##*@}
  address=${address%%/*}
  echo "${address%:*} ${address##*:}"
}
queue_tool() {
  local host port
  read -r host port < <(broker_host_port)
  "$TOOLS/queue" "$host" "$port" "$@"
}

# The month of the worked example: 1,250 orders, 980 invoices, storage samples up to 45 GB, 50,000 API calls in messages
# of 10, and 120 AI jobs, all between the month's first moment and now.
month_messages() {
  local first now
  first=$(date -u -d "$(date -u +%Y-%m-01)" +%s)
  now=$(date -u +%s)
  TZ=UTC awk -v company="$COMPANY" -v first="$first" -v now="$now" '
    function message(metric, number, count, quantity) {
      printf "{\"usageId\":\"demo-%s-%d\",\"companyId\":\"%s\",\"metric\":\"%s\",\"quantity\":%d,\"timestamp\":\"%s\"}\n",
        metric, number, company, metric, quantity,
        strftime("%Y-%m-%dT%H:%M:%SZ", first + int((now - first) * number / count))
    }
    BEGIN {
      for (i = 1; i <= 1250; i++) message("order", i, 1250, 1)
      for (i = 1; i <= 980; i++) message("invoice", i, 980, 1)
      for (i = 1; i <= 31; i++) message("storage", i, 31, 14 + i)
      for (i = 1; i <= 5000; i++) message("api_call", i, 5000, 10)
      for (i = 1; i <= 120; i++) message("ai_job", i, 120, 1)
    }'
}
MONTH=7381

publish_month() {
  local host port
  read -r host port < <(broker_host_port)
  month_messages | "$TOOLS/publish-lines" "$host" "$port" billing.events usage.recorded >/dev/null
}

# Gives {"published": N, "duplicates": N, "bad": N, …}.
publish_others() {
  "$BINARY" publish --count "$OTHERS" --companies 1000 --duplicates 0.05 --bad 0.01 --json
}
# published FIELD: a number of what publish_others said.
published() { sed -nE "s/.*\"$1\": *([0-9]+).*/\1/p" "$LOG/publish.json"; }
