-- How many daily and period totals differ from what the ledger comes to, the missing and the superfluous ones included.
-- For totals that add up or take the greatest. Written apart from the product's own verification, to judge it too.
WITH records AS (
  SELECT r.*, (r.occurred_at AT TIME ZONE 'UTC')::date AS day, p.period_start
  FROM billing.usage_records r
  LEFT JOIN billing.billing_periods p ON p.company_id = r.company_id
    AND p.period_start <= (r.occurred_at AT TIME ZONE 'UTC')::date
    AND p.period_end > (r.occurred_at AT TIME ZONE 'UTC')::date
  WHERE r.kind IN ('u', 'v')
), ledger AS (
  SELECT span, company_id, metric, start, sum(counted) AS sum,
    coalesce(max(counted) FILTER (WHERE kind = 'u' AND NOT voided), 0) AS max,
    count(*) FILTER (WHERE kind = 'u' AND NOT voided) AS events
  FROM (SELECT 'day' AS span, day AS start, * FROM records UNION ALL
    SELECT 'period', period_start, * FROM records) AS spans
  GROUP BY 1, 2, 3, 4
), totals AS (
  SELECT 'day' AS span, company_id, metric, day AS start, aggregation, quantity, events FROM billing.usage_daily
  UNION ALL
  SELECT 'period', company_id, metric, period_start, aggregation, quantity, events FROM billing.usage_periods
)
SELECT count(*) FROM ledger FULL JOIN totals USING (span, company_id, metric, start)
WHERE ledger.events IS DISTINCT FROM totals.events
  OR totals.quantity IS DISTINCT FROM CASE totals.aggregation WHEN 'm' THEN ledger.max ELSE ledger.sum END;
