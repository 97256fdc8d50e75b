-- +goose Up
-- Alerts: what a season's runs find wrong on parcels, the cases that officers
-- work on, and who did what about each, in an append-only history.

-- What one run found, kept with its unit; see yield/alert.
create table parcel_signal (
    unit      bigint not null references work (id) on delete cascade,
    parcel_id text not null,
    kind      text not null check (kind in ('left_band', 'forecast_fell')),
    crop      text not null,
    first_on  date not null,              -- first clear date of it
    last_on   date not null,              -- last clear date on which it was seen
    ended_on  date,                       -- clear date by which it had recovered; null: it goes on
    strength  double precision not null,  -- share of the green, or of the yield, that is gone
    evidence  jsonb not null,
    primary key (unit, parcel_id, kind)
);

-- One case: an episode of one kind on one parcel in one season.
create table alert (
    id           bigint generated always as identity primary key,
    county       text not null references county (code),
    season       text not null,
    parcel_id    text not null,
    household_id text not null,
    village      text not null,
    kind         text not null,
    episode      integer not null,        -- from 1
    crop         text not null,
    first_on     date not null,
    last_on      date not null,
    strength     double precision not null,
    evidence     jsonb not null,
    state        text not null default 'open' check (state in ('open', 'assigned', 'acknowledged', 'closed')),
    recovered    boolean not null default false, -- it closed by itself
    assignee     text not null default '' check (state <> 'assigned' or assignee <> ''),
    raised_at    timestamptz not null,
    updated_at   timestamptz not null,
    unique (county, season, parcel_id, kind, episode),
    check (state = 'closed' or not recovered)
);
create index alert_list on alert (county, season, raised_at desc, strength desc, id);

create table alert_event (
    alert  bigint not null references alert (id),
    county text not null references county (code),
    seq    integer not null,              -- from 1, without gaps
    at     timestamptz not null,
    actor  text not null,                 -- account and role, or 'parus'
    act    text not null check (act in ('raise', 'assign', 'acknowledge', 'close', 'recover', 'reopen')),
    state  text not null,                 -- after it
    reason text not null,
    primary key (alert, seq)
);
-- +goose StatementBegin
create function alert_history_only_grows() returns trigger language plpgsql as
    $$ begin raise exception 'the history of alerts is append-only'; end $$;
-- +goose StatementEnd
create trigger alert_history_only_grows before update or delete or truncate on alert_event
    execute function alert_history_only_grows();

-- Whatever writes: a case moves along these lines or not at all, and a case in
-- another state than its history's last entry is never committed.
-- +goose StatementBegin
create function alert_moves() returns trigger language plpgsql as $$
begin
    if not (old.state = new.state
            or (old.state = 'open' and new.state in ('assigned', 'acknowledged', 'closed'))
            or (old.state = 'assigned' and new.state in ('acknowledged', 'closed'))
            or (old.state = 'acknowledged' and new.state in ('assigned', 'closed'))
            or (old.state = 'closed' and old.recovered and new.state = 'open')) then
        raise exception 'alert % can not go from % to %', old.id, old.state, new.state;
    end if;
    return new;
end $$;
create function alert_is_told() returns trigger language plpgsql as $$
begin
    if (select state from alert where id = new.id)
            is distinct from (select state from alert_event where alert = new.id order by seq desc limit 1) then
        raise exception 'the history of alert % does not tell of its state', new.id;
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger alert_moves before update of state on alert for each row execute function alert_moves();
create constraint trigger alert_is_told after insert or update of state on alert
    deferrable initially deferred for each row execute function alert_is_told();

grant update (state, recovered, assignee, updated_at) on alert to parus_web;
grant insert on alert_event to parus_web;
revoke update, delete on alert_event from parus_worker;
revoke delete on alert from parus_worker;
