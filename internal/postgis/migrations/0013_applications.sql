-- +goose Up
-- Applications for lines: what households ask for and what became of it, in a
-- chain of events that each county keeps; limits on what may be lent, and what
-- is held of them. See credit/lending for the rules.

create index decision_digest on decision (digest);

-- A household's consent to being scored and lent to. The last row counts.
create table consent (
    id        bigint generated always as identity primary key,
    county    text not null references county (code),
    household text not null,
    at        timestamptz not null,
    act       text not null check (act in ('give', 'revoke')),
    actor     text not null,              -- account
    evidence  text not null               -- where the signed paper lies, or what was said
);
create index consent_of on consent (county, household, id desc);

-- The head of a county's chain. Whoever adds an event holds its row until the
-- transaction ends: that is the one lock behind chain, limits and counters.
create table county_book (
    county text primary key references county (code),
    seq    bigint not null default 0,
    hash   bytea not null default '',
    at     timestamptz                    -- of the last event
);

create table application (
    id              bigint generated always as identity primary key,
    county          text not null references county (code),
    season          text not null,
    household_id    text not null,
    village         text not null,        -- '' where unknown
    publication     bigint not null,      -- that was in force; it may be gone
    digest          text not null,        -- of the snapshot, table decision
    asked_fen       bigint not null check (asked_fen > 0),
    line_fen        bigint not null check (line_fen between 0 and asked_fen), -- offered; while referred what an approver starts from
    cap_fen         bigint not null,      -- the most that an approver may offer
    currency        text not null,
    pd              double precision not null,
    apr             double precision not null,
    due_date        date not null,
    state           text not null check (state in ('applied', 'decided', 'referred', 'approved', 'accepted', 'drawn', 'repaid', 'rejected', 'withdrawn')),
    offer           jsonb not null,       -- lending.Outcome: what the engine answered
    drawn_fen       bigint not null default 0 check (drawn_fen between 0 and line_fen),
    repaid_fen      bigint not null default 0 check (repaid_fen between 0 and drawn_fen),
    late            boolean not null default false, -- principal was paid after the due date
    applied_by      text not null,        -- account
    idempotency_key text not null,
    request_digest  text not null,        -- SHA-256 of the request
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    decided_at      timestamptz,          -- by engine or approver, last
    expires_at      timestamptz,          -- when the offer lapses; null: it does not
    unique (applied_by, idempotency_key),
    check (state <> 'repaid' or (drawn_fen > 0 and repaid_fen = drawn_fen))
);
-- A household has one open application in a season.
create unique index application_open on application (county, season, household_id)
    where state in ('applied', 'decided', 'referred', 'approved', 'accepted', 'drawn');
create index application_list on application (county, season, created_at desc, id desc);
create index application_household on application (county, household_id);
create index application_digest on application (digest);
create index application_lapsing on application (county, expires_at)
    where expires_at is not null and state in ('applied', 'decided', 'referred', 'approved', 'accepted');

create table application_event (
    county      text not null references county (code),
    seq         bigint not null check (seq > 0), -- of the county, without gaps
    application bigint not null references application (id),
    at          timestamptz not null,
    actor       text not null,            -- account, or 'parus'
    role        text not null,            -- 'system' where parus does it
    act         text not null,
    state       text not null,            -- after it
    amount_fen  bigint not null,
    reason      text not null,
    body        text not null,            -- JSON, byte for byte as it was hashed
    previous    bytea not null,
    hash        bytea not null check (length(hash) = 32),
    primary key (county, seq)
);
create unique index application_event_of on application_event (application, seq);

-- What is held of each limit: lines offered, accepted or drawn, less what was
-- paid back. Follows from the events; `parus applications verify` compares.
create table exposure (
    county        text not null references county (code),
    kind          text not null check (kind in ('household', 'village', 'county', 'crop')),
    key           text not null,
    committed_fen bigint not null check (committed_fen >= 0),
    primary key (county, kind, key)
);

-- Limits as they were set; the last of a kind and key counts. They hold within
-- one county: what may be lent on a crop over all is allotted to counties.
create table lending_limit (
    id         bigint generated always as identity primary key,
    county     text not null references county (code),
    kind       text not null check (kind in ('household', 'village', 'county', 'crop')),
    key        text not null,             -- '' is the default of the kind
    amount_fen bigint check (amount_fen >= 0), -- null: no limit
    set_by     text not null,             -- account
    at         timestamptz not null
);
create index lending_limit_of on lending_limit (county, kind, key, id desc);

-- The limit on a key: its own, else its kind's default, else none.
-- +goose StatementBegin
create function limit_on(of_county text, of_kind text, of_key text) returns bigint language plpgsql stable as $$
begin -- plpgsql keeps its plan, which counts where every application asks for five limits
    return (select l.amount_fen from lending_limit l
        where l.county = of_county and l.kind = of_kind and l.key in (of_key, '')
        order by l.key = of_key desc, l.id desc limit 1);
end $$;
-- +goose StatementEnd

-- Whatever writes: what has happened stays.
-- +goose StatementBegin
create function applications_only_grow() returns trigger language plpgsql as
    $$ begin raise exception '% is append-only', tg_table_name; end $$;
-- +goose StatementEnd
create trigger application_event_only_grows before update or delete or truncate on application_event
    execute function applications_only_grow();
create trigger consent_only_grows before update or delete or truncate on consent
    execute function applications_only_grow();
create trigger lending_limit_only_grows before update or delete or truncate on lending_limit
    execute function applications_only_grow();
create trigger application_stays before delete or truncate on application
    execute function applications_only_grow();

-- An event is the next link of its county's chain, moves its application along
-- a line of the table in credit/lending, and is not decided by who applied.
-- +goose StatementBegin
create function application_moves() returns trigger language plpgsql as $$
declare
    head record;
    before text;
    owner record;
begin
    select e.seq, e.hash, e.at into head from application_event e where e.county = new.county order by e.seq desc limit 1;
    if new.seq <> coalesce(head.seq, 0) + 1 or new.previous <> coalesce(head.hash, '') or new.at < head.at then
        raise exception 'event % does not follow from event % of county %', new.seq, coalesce(head.seq, 0), new.county;
    end if;
    select a.county, a.applied_by into owner from application a where a.id = new.application;
    if owner.county is distinct from new.county then
        raise exception 'application % is of another county', new.application;
    end if;
    select e.state into before from application_event e where e.application = new.application order by e.seq desc limit 1;
    if (coalesce(before, ''), new.act, new.state, new.role) not in (
            ('', 'apply', 'applied', 'officer'),
            ('applied', 'decide', 'decided', 'system'), ('applied', 'refer', 'referred', 'system'), ('applied', 'reject', 'rejected', 'system'),
            ('referred', 'approve', 'approved', 'approver'), ('referred', 'reject', 'rejected', 'approver'),
            ('decided', 'accept', 'accepted', 'officer'), ('approved', 'accept', 'accepted', 'officer'),
            ('accepted', 'draw', 'drawn', 'officer'), ('drawn', 'draw', 'drawn', 'officer'),
            ('drawn', 'repay', 'drawn', 'officer'), ('drawn', 'repay', 'repaid', 'officer'))
        and not (before in ('applied', 'decided', 'referred', 'approved', 'accepted') and new.state = 'withdrawn'
            and (new.act, new.role) in (('withdraw', 'officer'), ('expire', 'system'))) then
        raise exception 'application % can not go from % to % by % of %', new.application, coalesce(before, 'nothing'), new.state, new.act, new.role;
    end if;
    if new.role = 'approver' and new.actor = owner.applied_by then
        raise exception 'account % has applied for %: another has to decide', new.actor, new.application;
    end if;
    return new;
end $$;

-- What is never committed: an application in another state than its last event
-- tells, and a book whose head is not the chain's last event.
create function application_is_told() returns trigger language plpgsql as $$
begin
    if (select state from application where id = new.id)
            is distinct from (select state from application_event where application = new.id order by seq desc limit 1) then
        raise exception 'the events of application % do not tell of its state', new.id;
    end if;
    return null;
end $$;
create function book_is_told() returns trigger language plpgsql as $$
declare
    last record;
    book record;
begin
    select e.seq, e.hash into last from application_event e where e.county = new.county order by e.seq desc limit 1;
    select b.seq, b.hash into book from county_book b where b.county = new.county;
    if (coalesce(last.seq, 0), coalesce(last.hash, '')) is distinct from (book.seq, book.hash) then
        raise exception 'the book of county % does not end with its last event', new.county;
    end if;
    return null;
end $$;

-- What is held of a limit grows within it, whoever writes.
create function exposure_within_limit() returns trigger language plpgsql as $$
declare
    most bigint;
begin
    if tg_op = 'UPDATE' and new.committed_fen <= old.committed_fen or new.committed_fen = 0 then
        return new;
    end if;
    most := limit_on(new.county, new.kind, new.key);
    if new.committed_fen > most then
        raise exception 'the limit on % % of county % is %, % would be held', new.kind, new.key, new.county, most, new.committed_fen;
    end if;
    return new;
end $$;

-- A decision on which an application rests stays, so that it can be repeated.
create function decision_is_kept() returns trigger language plpgsql as $$
begin
    if exists (select from application a where a.digest = old.digest) then
        raise exception 'an application rests on decision %', old.digest;
    end if;
    return old;
end $$;
-- +goose StatementEnd
create trigger application_moves before insert on application_event for each row execute function application_moves();
create constraint trigger application_is_told after insert or update of state on application
    deferrable initially deferred for each row execute function application_is_told();
create constraint trigger book_is_told after insert or update on county_book
    deferrable initially deferred for each row execute function book_is_told();
create constraint trigger event_is_booked after insert on application_event
    deferrable initially deferred for each row execute function book_is_told();
create trigger exposure_within_limit before insert or update on exposure for each row execute function exposure_within_limit();
create trigger decision_is_kept before delete on decision for each row execute function decision_is_kept();

grant insert on application, application_event, consent, lending_limit, county_book, exposure to parus_web;
grant usage on sequence application_id_seq to parus_web;
grant update (line_fen, due_date, state, drawn_fen, repaid_fen, late, updated_at, decided_at, expires_at) on application to parus_web;
grant update on county_book, exposure to parus_web;
revoke update, delete on application_event, consent, lending_limit from parus_worker;
revoke delete on application, county_book, exposure from parus_worker;
