-- +goose Up
-- A database that is put back to an earlier point gives numbers anew that went
-- out of the house before: of events, applications, publications. Every such
-- turn begins a history of its own here, noticed when the next number is given:
-- PostgreSQL begins a new timeline with each recovery to a point, and another
-- server has another identifier.
create table history (
    epoch      bigint primary key check (epoch >= 0),
    identity   text not null,             -- of the server's data, and its timeline
    mark       text not null,             -- stands in ids of its events; '' of the first
    noticed_at timestamptz not null default clock_timestamp()
);

-- The first event of a county in a history: what others have seen from there on
-- under an earlier epoch did not happen.
create table book_history (
    county   text not null references county (code),
    epoch    bigint not null references history (epoch),
    from_seq bigint not null check (from_seq > 0),
    primary key (county, epoch)
);

-- raise_history begins a history. Its epoch is the timeline's where that is
-- higher, so that of two that began at the same earlier point each has its own;
-- the mark is drawn, for servers that count alike. Numbers of applications and
-- publications begin with the epoch, so that none is given twice.
-- +goose StatementBegin
create function raise_history(here text, timeline bigint) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    fresh bigint := (select max(epoch) + 1 from history);
begin
    if fresh is null then
        insert into history (epoch, identity, mark) values (0, here, '');
        return 0;
    end if;
    fresh := greatest(fresh, timeline - 1);
    insert into history (epoch, identity, mark) values (fresh, here, left(replace(gen_random_uuid()::text, '-', ''), 8));
    perform setval('application_id_seq', greatest(last_value, fresh * 1000000000)) from application_id_seq;
    perform setval('publication_id_seq', greatest(last_value, fresh * 1000000)) from publication_id_seq;
    return fresh;
end $$;

-- note_history returns the epoch, a new one where the server is not the one that
-- gave the last number; with again, in any case. One transaction at a time
-- begins one.
create function note_history(again boolean default false) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    timeline bigint := ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint;
    here text := (select system_identifier from pg_control_system()) || '/' || timeline;
    last record;
begin
    select epoch, identity into last from history order by epoch desc limit 1;
    if last.identity = here and not again then
        return last.epoch;
    end if;
    perform pg_advisory_xact_lock(hashtext('parus history'));
    select epoch, identity into last from history order by epoch desc limit 1;
    if last.identity = here and not again then
        return last.epoch;
    end if;
    return raise_history(here, timeline);
end $$;

-- new_application_id gives the number of an application: not one that another
-- history may have given.
create function new_application_id() returns bigint language plpgsql as $$
begin
    perform note_history();
    return nextval('application_id_seq');
end $$;

create function event_has_history() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    now_at bigint := note_history();
begin
    if now_at > coalesce((select max(epoch) from book_history where county = new.county), 0) then
        insert into book_history (county, epoch, from_seq) values (new.county, now_at, new.seq);
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger event_has_history before insert on application_event for each row execute function event_has_history();

revoke execute on function raise_history(text, bigint), note_history(boolean) from public;
grant execute on function note_history(boolean) to parus_web, parus_worker;
revoke insert, update, delete on history, book_history from parus_worker;
