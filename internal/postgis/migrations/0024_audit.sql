-- +goose Up
-- One trail of what people and systems did, over the histories of each part: who,
-- what, to what, when and why, on which results and which release of the
-- registry. It is a view with the rights and counties of whoever asks.

create index audit_at on audit (at desc);
create index application_event_at on application_event (at desc);
create index alert_event_at on alert_event (at desc);
create index run_event_at on run_event (at desc);
create index policy_event_at on policy_event (at desc);

-- place makes (at, kind, place) unique: where an entry stands in its history.
create view audit_trail with (security_invoker = true) as
select 'people' as kind, a.county || '/' || lpad(a.seq::text, 12, '0') as place, a.county, a.at, a.actor, a.act, a.item,
       coalesce(substring(a.item from '^household ([^,]+)'), '') as household, a.purpose as reason,
       coalesce(substring(a.item from 'release ([0-9]+)'), '') as release, '' as model
from audit a
union all
select 'application', e.county || '/' || lpad(e.seq::text, 12, '0'), e.county, e.at, e.actor || ' (' || e.role || ')', e.act, e.application::text,
       p.household_id, e.reason, coalesce(n.registry::text, ''), coalesce(d.model, '')
from application_event e
join application p on p.id = e.application
left join publication n on n.id = p.publication
left join lateral (
    select concat_ws(', ', nullif(d.decision ->> 'model_version', ''), 'engine ' || (d.decision ->> 'engine_version'), 'policy ' || (d.decision ->> 'policy_version')) as model
    from decision d where d.digest = p.digest limit 1
) d on true
union all
select 'alert', e.county || '/' || lpad(e.alert::text, 12, '0') || '/' || lpad(e.seq::text, 6, '0'), e.county, e.at, e.actor, e.act, e.alert::text,
       a.household_id, e.reason, '', ''
from alert_event e
join alert a on a.id = e.alert
union all
select 'run', lpad(e.run::text, 12, '0') || '/' || lpad(e.seq::text, 6, '0'), r.county, e.at, e.actor, e.act, r.season || ', ' || e.run, '', e.reason,
       r.registry::text, ''
from run_event e
join season_run r on r.id = e.run
union all
select 'policy', e.policy || '/' || lpad(e.seq::text, 6, '0'), '', e.at, e.actor, e.act, p.version, '', e.reason, '', e.policy
from policy_event e
join policy p on p.digest = e.policy
union all
select 'access', lpad(e.id::text, 12, '0'), '', e.at, e.actor, e.act, e.item, '', e.detail, '', ''
from access_event e;
