-- Companies for `scripts/bench close`: :companies registered ones on the default plan, in :'mode', each with five metrics
-- in :months closed months and in the month before this one, which is to be closed. Totals alone: closing reads no records
-- of metrics that are not itemized.
--
-- ADAPT THIS to the tables' columns whenever they change.
insert into billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_since, version)
select 'bench-' || lpad(n::text, 6, '0'), now(), 'standard', 'usd', :'mode',
  case when :'mode' <> 'off' then date_trunc('month', now() - interval '1 month')::date end, 1
from generate_series(1, :companies) as n;

insert into billing.billing_periods (company_id, period_start, period_end, plan_id, currency, closed_at)
select company_id, month::date, (month + interval '1 month')::date, 'standard', 'usd',
  case when age > 1 then month + interval '1 month 1 hour' end
from billing.companies, generate_series(0, :months + 1) as age,
  lateral (select date_trunc('month', now()) - age * interval '1 month') as m (month);

insert into billing.usage_periods (period_start, aggregation, events, company_id, metric, quantity, charged_lines)
select p.period_start, m.aggregation::"char", 100, p.company_id, m.metric, 1 + abs(hashtext(p.company_id || m.metric)) % 5000,
  case when p.closed_at is null then 0 else 1 end
from billing.billing_periods p,
  (values ('order', 's'), ('invoice', 's'), ('storage', 'm'), ('api_call', 's'), ('ai_job', 's')) as m (metric, aggregation)
where p.period_end <= now();

-- As the closes of those months left it.
insert into billing.metric_charges (company_id, metric, period_start, charged_quantity, charged_amount, lines)
select company_id, metric, period_start, quantity, 100, 1 from billing.usage_periods where charged_lines > 0;

analyze;
