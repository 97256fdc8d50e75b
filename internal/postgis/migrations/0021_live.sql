-- +goose Up
-- What is live: a log of what people may want to hear of at once, and orders to
-- score a season again, which a server writes down and a worker carries out.

-- The log. A row's number is given under a lock that is held until its
-- transaction has ended, so whoever has seen a number has seen, or may see, all
-- before it: reading on from the last number loses nothing. What it tells is
-- small and names no person.
create table feed (
    id      bigint generated always as identity primary key,
    county  text not null references county (code),
    at      timestamptz not null default now(),
    kind    text not null check (kind in ('run', 'publication', 'alerts', 'rescore')),
    body    jsonb not null
);
-- +goose StatementBegin
create function feed_only_grows() returns trigger language plpgsql as
    $$ begin raise exception 'the log of what is live is append-only'; end $$;
-- Called from triggers that wait for the end of their transaction: the lock is
-- held for no longer than a commit takes.
create function tell_feed(county text, kind text, body jsonb) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('parus feed', 0));
    insert into feed (county, kind, body) values ($1, $2, $3);
end $$;
create function feed_run() returns trigger language plpgsql as $$
begin
    perform tell_feed(new.county, 'run', jsonb_build_object('run', new.id, 'county', new.county, 'season', new.season, 'state', new.state));
    return null;
end $$;
create function feed_publication() returns trigger language plpgsql as $$
begin
    perform tell_feed(new.county, 'publication', jsonb_build_object('publication', new.id, 'county', new.county, 'season', new.season, 'run', new.run));
    return null;
end $$;
-- One line for each season of a transaction, however many alerts it moves.
create function feed_alerts() returns trigger language plpgsql as $$
declare
    of_season text := (select season from alert where id = new.alert);
    told text := pg_current_xact_id()::text || ' ' || new.county || ' ' || of_season;
begin
    if current_setting('parus.told', true) is distinct from told then
        perform set_config('parus.told', told, true);
        perform tell_feed(new.county, 'alerts', jsonb_build_object('county', new.county, 'season', of_season,
            'open', (select count(*) from alert a where a.county = new.county and a.season = of_season and a.state = 'open')));
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger feed_only_grows before update or delete or truncate on feed execute function feed_only_grows();
create constraint trigger feed_run_asked after insert on season_run deferrable initially deferred for each row execute function feed_run();
create constraint trigger feed_run_moved after update of state on season_run deferrable initially deferred for each row
    when (old.state is distinct from new.state) execute function feed_run();
create constraint trigger feed_published after insert on publication deferrable initially deferred for each row
    when (new.in_force) execute function feed_publication();
create constraint trigger feed_put_in_force after update of in_force on publication deferrable initially deferred for each row
    when (new.in_force and not old.in_force) execute function feed_publication();
create constraint trigger feed_alerts after insert on alert_event deferrable initially deferred for each row execute function feed_alerts();

-- Orders. A worker plans one that was asked for, a risk manager looks at the
-- plan and confirms it with a reason, a worker starts the run.
--
--   asked ──▶ planned ──▶ confirmed ──▶ started
--     ▲ │        │ │          │
--     └─┼────────┘ └─▶ withdrawn
--       └─▶ refused ◀─────────┘
create table rescore (
    id          bigint generated always as identity primary key,
    county      text not null references county (code),
    season      text not null,
    state       text not null default 'asked' check (state in ('asked', 'planned', 'confirmed', 'started', 'refused', 'withdrawn')),
    asked_by    text not null,
    asked_at    timestamptz not null,
    confirmed_by text not null default '',
    confirmed_at timestamptz,
    reason      text not null default '',  -- why it is to be scored again
    plan        jsonb,                     -- season.Estimate; null: not planned yet
    planned_at  timestamptz,
    run         bigint references season_run (id) on delete set null,
    result      text not null default '',  -- why it was refused
    claim       text not null default '',  -- token of the worker that is about it
    lease_until timestamptz,
    check (state not in ('confirmed', 'started') or (confirmed_by <> '' and reason <> '')),
    check (state <> 'planned' or plan is not null)
);
create unique index rescore_open on rescore (county, season) where state in ('asked', 'planned', 'confirmed');
create index rescore_due on rescore (id) where state in ('asked', 'confirmed');
-- +goose StatementBegin
create function rescore_moves() returns trigger language plpgsql as $$
begin
    if not (old.state = new.state
            or (old.state = 'asked' and new.state in ('planned', 'refused', 'withdrawn'))
            or (old.state = 'planned' and new.state in ('asked', 'confirmed', 'withdrawn'))
            or (old.state = 'confirmed' and new.state in ('started', 'refused'))) then
        raise exception 're-score % can not go from % to %', old.id, old.state, new.state;
    end if;
    return new;
end $$;
create function feed_rescore() returns trigger language plpgsql as $$
begin
    perform tell_feed(new.county, 'rescore', jsonb_build_object('rescore', new.id, 'county', new.county, 'season', new.season,
        'state', new.state, 'run', coalesce(new.run, 0)));
    return null;
end $$;
-- +goose StatementEnd
create trigger rescore_moves before update of state on rescore for each row execute function rescore_moves();
create constraint trigger feed_rescore_asked after insert on rescore deferrable initially deferred for each row execute function feed_rescore();
create constraint trigger feed_rescore_moved after update of state on rescore deferrable initially deferred for each row
    when (old.state is distinct from new.state) execute function feed_rescore();

-- Who started a run from the page stands in its history too.
alter table run_event drop constraint run_event_act_check;
alter table run_event add constraint run_event_act_check check (act in ('start', 'pause', 'resume', 'cancel', 'retry'));

-- What the server may do about runs and publications of the counties that it
-- has been told: orders of people, each with a line in a history. Computing and
-- publishing stay with workers.
grant insert on feed, rescore, run_event to parus_web;
grant update (state, asked_by, asked_at, confirmed_by, confirmed_at, reason, plan, planned_at) on rescore to parus_web;
grant update (state, reason, finished_at) on season_run to parus_web;
grant update (state, attempts, deaths, poison, reason, finished_at) on work to parus_web;
grant update (in_force) on publication to parus_web;
grant insert on alert to parus_web;
grant update (last_on, strength, evidence) on alert to parus_web;
revoke update, delete on feed from parus_worker;
revoke delete on rescore from parus_worker;
