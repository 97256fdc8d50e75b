-- +goose Up
-- A batch under the control of people: runs that pause, go on and are cancelled,
-- each with who and why in a history that only grows; units that fail for good,
-- kill their workers, or are waited for; what a run was expected to cost; and
-- publications that stay when their run publishes again.

alter table season_run drop constraint season_run_state_check;
alter table season_run add constraint season_run_state_check check (state in ('running', 'paused', 'done', 'failed', 'cancelled'));
alter table season_run add column estimate jsonb; -- season.Estimate: what it was expected to cost when it was asked for

alter table work drop constraint work_state_check;
alter table work add constraint work_state_check check (state in ('pending', 'running', 'done', 'skipped', 'failed', 'cancelled'));
alter table work
    add column deaths       integer not null default 0,     -- of workers that had it in hand
    add column poison       boolean not null default false, -- failed, and trying again can't mend it
    add column urgent       boolean not null default false, -- a person waits for it
    add column memory_bytes bigint not null default 0,      -- that it is expected to take in its worker; 0: little
    add column peak_bytes   bigint not null default 0;      -- by which its worker grew meanwhile; 0: not measured
create index work_urgent on work (id) where urgent and state in ('pending', 'running');
create index work_failed on work (county) where state = 'failed';
create index work_cancelled on work (id) where state = 'cancelled';

create table run_event (
    run    bigint not null references season_run (id) on delete cascade,
    seq    integer not null,              -- from 1, without gaps
    at     timestamptz not null,
    actor  text not null,
    act    text not null check (act in ('pause', 'resume', 'cancel', 'retry')),
    state  text not null,                 -- of the run after it
    reason text not null,
    primary key (run, seq)
);
-- +goose StatementBegin
create function run_history_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'the history of runs is append-only';
end $$;
-- +goose StatementEnd
create trigger run_history_only_grows before update or truncate on run_event execute function run_history_only_grows();

-- Whatever writes: a run moves along these lines or not at all, and nobody
-- pauses or cancels one without a word.
-- +goose StatementBegin
create function run_moves() returns trigger language plpgsql as $$
begin
    if not (old.state = new.state
            or (old.state = 'running' and new.state in ('paused', 'done', 'failed', 'cancelled'))
            or (old.state = 'paused' and new.state in ('running', 'done', 'cancelled'))
            or (old.state in ('done', 'failed', 'cancelled') and new.state = 'running')) then
        raise exception 'run % can not go from % to %', old.id, old.state, new.state;
    end if;
    return new;
end $$;
create function run_is_told() returns trigger language plpgsql as $$
begin
    if (select state in ('paused', 'cancelled') and state is distinct from
            (select e.state from run_event e where e.run = r.id order by seq desc limit 1) from season_run r where r.id = new.id) then
        raise exception 'the history of run % does not tell of its state', new.id;
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger run_moves before update of state on season_run for each row execute function run_moves();
create constraint trigger run_is_told after update of state on season_run
    deferrable initially deferred for each row execute function run_is_told();

-- Whether a unit may be taken up: some run of it is open, or none ever asked.
-- +goose StatementBegin
create function unit_may_start(id bigint) returns boolean language sql stable as $$
    select not exists (select from run_work where unit = $1)
        or exists (select from run_work w join season_run r on r.id = w.run where w.unit = $1 and r.state not in ('paused', 'cancelled'))
$$;
-- Whether anybody still wants it.
create function unit_is_wanted(id bigint) returns boolean language sql stable as $$
    select not exists (select from run_work where unit = $1)
        or exists (select from run_work w join season_run r on r.id = w.run where w.unit = $1 and r.state <> 'cancelled')
$$;
-- +goose StatementEnd

-- A run that is done again publishes again; what was published before stays, so
-- that it can be put in force once more.
alter table publication drop constraint publication_run_key;
create index publication_run on publication (run, id desc);
alter table publication
    add column decided bigint[] not null default '{}', -- units that its lines come from
    add column watched bigint;                         -- unit that its alerts come from
update publication p set
    decided = coalesce((select array_agg(w.id order by w.id) from run_work r join work w on w.id = r.unit
                        where r.run = p.run and w.stage = 'decide' and w.state = 'done'), '{}'),
    watched = (select max(w.id) from run_work r join work w on w.id = r.unit
               where r.run = p.run and w.stage = 'watch' and w.state = 'done');

revoke update, delete on run_event from parus_worker;
