-- What recorders would have made of the records of preload.sql: registered companies, their billing periods, and totals
-- that agree with the ledger to the last record (`verify` says so).
--
-- ADAPT THIS to the ledger's columns whenever they change.
insert into billing.companies (company_id, registered_at, plan_id, currency, version)
select distinct company_id, timestamptz '2025-11-01 00:00:00Z', 'standard', 'usd', 1 from billing.usage_records;

insert into billing.billing_periods (company_id, period_start, period_end, plan_id, currency)
select company_id, month, (month + interval '1 month')::date, 'standard', 'usd'
from billing.companies, (select distinct month from billing.usage_records) as months;

insert into billing.usage_daily (day, aggregation, events, company_id, metric, quantity)
select (occurred_at at time zone 'UTC')::date, case metric when 'storage' then 'm' else 's' end::"char", count(*),
  company_id, metric, case metric when 'storage' then max(counted) else sum(counted) end
from billing.usage_records group by company_id, metric, 1;

insert into billing.usage_periods (period_start, aggregation, events, company_id, metric, quantity)
select date_trunc('month', day)::date, aggregation, sum(events), company_id, metric,
  case metric when 'storage' then max(quantity) else sum(quantity) end
from billing.usage_daily group by company_id, metric, aggregation, 1;
