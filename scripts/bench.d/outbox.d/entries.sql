-- :rounds meter events for each of :meters sequences of the companies from number :first to :last, the first in minute
-- :minute of the period: what OutboxWriter writes, in its transaction. Sequences first, then entries round by round, as
-- reports of one hour after another make them.
begin;

insert into billing.outbox_keys as k (company_id, ordering_key)
select 'bench-' || n, 'meter:' || m.metric
from generate_series(:first, :last) as n,
  unnest((array['order', 'invoice', 'storage', 'api_call', 'ai_job', 'call_seconds'])[1 : :meters]) as m (metric)
order by 1, 2
on conflict (company_id, ordering_key) do update set state = 'w' where k.state = 'i';

insert into billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect, send_before)
select gen_random_uuid(), 'bench-' || n, 'meter:' || m.metric, 'meter_event',
  format('{"metric":"%s","value":"%s","timestamp":"%s","periodStart":"%s","periodEnd":"%s"}', m.metric, 1 + n % 9,
    to_char((current_date - 20)::timestamp + (:minute + round) % 28800 * interval '1 minute',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    current_date - 20, current_date + 10),
  now() + interval '1 day'
from generate_series(0, :rounds - 1) as round, generate_series(:first, :last) as n,
  unnest((array['order', 'invoice', 'storage', 'api_call', 'ai_job', 'call_seconds'])[1 : :meters]) as m (metric)
order by round, n, m.metric;

commit;
