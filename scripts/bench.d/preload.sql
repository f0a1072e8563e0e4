-- Records that are there already, for `scripts/bench ingest` and `scripts/bench reports`: :rows rows, spread over
-- companies, over the last :months months up to November 2026 and over the first :seconds seconds of each. For ingest,
-- that is the partition that the measured messages go to. No totals: for ingest they are few
-- whatever the number of records, and the workers make them; for reports, reports.sql does.
--
-- ADAPT THIS to the ledger's columns whenever they change.
select billing.ensure_month((date '2026-11-01' - number * interval '1 month')::date)
from generate_series(0, :months - 1) as number;

insert into billing.ledger
  (occurred_at, month, company_id, usage_id, metric, quantity, counted, metadata)
select
  month::timestamp at time zone 'UTC' + (number::bigint * 7919 % :seconds) * interval '1 second',
  month,
  'comp-' || lpad(floor(1000 * power(random(), 3))::text, 3, '0'),
  gen_random_uuid()::text,
  (array['order', 'invoice', 'storage', 'api_call', 'ai_job'])[1 + number % 5],
  1 + number % 3,
  1 + number % 3,
  '{"orderId":"ord-1","endpoint":"/v1/orders"}'
from generate_series(1, :rows) as number,
  lateral (select (date '2026-11-01' - (number % :months) * interval '1 month')::date as month) as spread;
