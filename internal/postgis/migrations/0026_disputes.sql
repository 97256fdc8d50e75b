-- +goose Up
-- Disputes: what somebody says is wrong about a published parcel, what another
-- has decided about it, and how an accepted boundary gets into a release.

create table dispute (
    id            bigint generated always as identity primary key,
    county        text not null references county (code),
    publication   bigint not null,          -- that was looked at; it may be gone
    season        text not null,
    parcel_id     text not null,
    household_id  text not null,
    village       text not null,
    kind          text not null check (kind in ('boundary', 'crop', 'not_mine')),
    crop          text not null,            -- published, '' where unknown
    area_m2       double precision not null, -- published
    disputed      geometry (MultiPolygon, 4326) not null, -- outline as it was published
    proposed_crop text not null,            -- catalogue code; '' unless of kind crop
    proposed_m2   double precision,         -- on the ellipsoid
    proposed      geometry (MultiPolygon, 4326) check (st_isvalid(proposed)),
    overlapped    jsonb not null,           -- neighbours that the proposal overlaps, the largest first
    evidence      text not null check (char_length(evidence) between 2 and 500),
    author        text not null,            -- account
    state         text not null default 'open' check (state in ('open', 'accepted', 'rejected', 'withdrawn')),
    reviewer      text not null default '' check (reviewer <> author), -- account
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    check ((kind = 'boundary') = (proposed is not null) and (proposed is null) = (proposed_m2 is null)),
    check ((kind = 'crop') = (proposed_crop <> '')),
    check ((state in ('accepted', 'rejected')) = (reviewer <> ''))
);
-- One of a kind is open on a parcel.
create unique index dispute_open on dispute (county, season, parcel_id, kind) where state = 'open';
create index dispute_list on dispute (county, created_at desc, id desc);

create table dispute_event (
    dispute bigint not null references dispute (id),
    county  text not null references county (code),
    seq     integer not null,               -- from 1, without gaps
    at      timestamptz not null,
    actor   text not null,                  -- account and role
    act     text not null check (act in ('propose', 'accept', 'reject', 'withdraw')),
    state   text not null,                  -- after it
    reason  text not null check (act not in ('accept', 'reject') or char_length(reason) >= 2),
    primary key (dispute, seq)
);

-- Whatever writes: what was proposed and what has happened stay.
-- +goose StatementBegin
create function disputes_only_grow() returns trigger language plpgsql as
    $$ begin raise exception '% is append-only', tg_table_name; end $$;
create function dispute_moves() returns trigger language plpgsql as $$
begin
    if (old.state, new.state) not in (('open', 'accepted'), ('open', 'rejected'), ('open', 'withdrawn')) then
        raise exception 'dispute % can not go from % to %', old.id, old.state, new.state;
    end if;
    if to_jsonb(old) - array['state', 'reviewer', 'updated_at'] <> to_jsonb(new) - array['state', 'reviewer', 'updated_at'] then
        raise exception 'what dispute % proposes stays as it was proposed', old.id;
    end if;
    return new;
end $$;
create function dispute_is_told() returns trigger language plpgsql as $$
begin
    if (select state from dispute where id = new.id)
            is distinct from (select state from dispute_event where dispute = new.id order by seq desc limit 1) then
        raise exception 'the history of dispute % does not tell of its state', new.id;
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger dispute_event_only_grows before update or delete or truncate on dispute_event
    execute function disputes_only_grow();
create trigger dispute_stays before delete or truncate on dispute execute function disputes_only_grow();
create trigger dispute_moves before update on dispute for each row execute function dispute_moves();
create constraint trigger dispute_is_told after insert or update on dispute
    deferrable initially deferred for each row execute function dispute_is_told();

-- release_copy fills a partition of a release, between release_open and
-- release_close, with what another release holds in it.
-- +goose StatementBegin
create function release_copy(t text, source bigint, target bigint) returns void language plpgsql as $$
declare
    kept text;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum) into kept from pg_attribute
        where attrelid = ('public.' || quote_ident(t))::regclass and attnum > 0 and not attisdropped and attname <> 'registry';
    execute format('insert into release.%I (registry, %s) select %s, %s from public.%I where registry = %s', t || '_' || target, kept, target, kept, t, source);
end $$;
-- +goose StatementEnd

grant insert on dispute, dispute_event to parus_web;
grant update (state, reviewer, updated_at) on dispute to parus_web;
revoke insert, update, delete on dispute, dispute_event from parus_worker;
