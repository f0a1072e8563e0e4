-- :companies registered companies that lack nothing, each with a subscription that has prices of :meters meters.
-- Their customers at Stripe are those of public.bench_customers, where it has rows.
insert into billing.companies (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer,
  stripe_subscription, stripe_subscription_checked, version)
select 'bench-' || n, now(), 'standard', 'usd', 'live', coalesce(c.id, 'cus_bench' || n), 'sub_bench' || n,
  'sub_bench' || n, 1
from generate_series(1, :companies) as n left join public.bench_customers c using (n);

insert into billing.stripe_subscription_meters (company_id, subscription, metric, price)
select 'bench-' || n, 'sub_bench' || n, m.metric, 'price_bench'
from generate_series(1, :companies) as n,
  unnest((array['order', 'invoice', 'storage', 'api_call', 'ai_job', 'call_seconds'])[1 : :meters]) as m (metric);
