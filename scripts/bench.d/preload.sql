-- Records that are already in the month of the load, for `scripts/bench ingest`: :rows rows in the partition that the
-- measured messages go to, spread over companies and days as the load is, and their boundary ids. No totals: those are
-- few whatever the number of records, and the workers make them.
--
-- ADAPT THIS to the ledger's columns whenever they change; everything else about the preload is in ingest.py.
select billing.ensure_month(date '2026-11-01');

insert into billing.usage_records
  (occurred_at, month, company_id, usage_id, metric, quantity, counted, metadata)
select
  timestamptz '2026-11-01 00:00:00Z' + (number % 259200) * interval '1 second',
  date '2026-11-01',
  'comp-' || lpad(floor(1000 * power(random(), 3))::text, 3, '0'),
  gen_random_uuid()::text,
  (array['order', 'invoice', 'storage', 'api_call', 'ai_job'])[1 + number % 5],
  1 + number % 3,
  1 + number % 3,
  '{"orderId":"ord-1","endpoint":"/v1/orders"}'
from generate_series(1, :rows) as number;

insert into billing.usage_boundary_ids (boundary, month, company_id, usage_id)
select date '2026-11-01', month, company_id, usage_id
from billing.usage_records
where month = date '2026-11-01' and occurred_at < timestamptz '2026-11-03 00:00:00Z';
