-- +goose Up
-- The hand-over of applications to the bank's systems. The chain of events
-- (application_event) is the outbox: targets follow it with a cursor of their
-- own, nothing is sent from inside a transaction that decides, and what became
-- of each event is a row here. See internal/handover.

create table delivery_target (
    name          text primary key check (name ~ '^[a-z0-9-]{1,40}$'),
    kind          text not null check (kind in ('fineract', 'webhook')),
    config        jsonb not null,         -- address, products; never a secret
    county_prefix text not null,          -- of the counties that it is told about; '' is all
    from_seq      bigint not null check (from_seq > 0),
    acts          text[] not null,        -- that it is told of
    paused        boolean not null default false,
    created_by    text not null,
    created_at    timestamptz not null
);

-- How far a target's events have been looked at; what it is told of has a
-- delivery.
create table delivery_cursor (
    target text not null references delivery_target (name),
    county text not null references county (code),
    seq    bigint not null check (seq >= 0),
    primary key (target, county)
);

-- pending ─▶ sent; ─▶ failed ─▶ sent or, after the last try or where trying
-- again changes nothing, dead. What is not settled holds up later events of the
-- same application; somebody may replay it (pending) or drop it (dropped).
create table delivery (
    target          text not null references delivery_target (name),
    county          text not null,
    seq             bigint not null,
    application     bigint not null,
    state           text not null default 'pending' check (state in ('pending', 'sent', 'failed', 'dead', 'dropped')),
    attempts        integer not null default 0, -- since it was queued or replayed
    next_at         timestamptz,           -- null: at once
    claim           text not null default '', -- token of the sender that holds the lease
    lease_until     timestamptz,
    last_error      text not null default '',
    response_digest text not null default '', -- SHA-256 of the answer's body
    remote          text not null default '', -- what the target calls it
    sent_at         timestamptz,
    primary key (target, county, seq)      -- of an event, which can't go: application_event is append-only
);
create index delivery_open on delivery (target, application, seq) where state in ('pending', 'failed', 'dead');
create index delivery_due on delivery (target, county, seq) where state in ('pending', 'failed');

-- What a bank's system says was paid out and paid back, by its own name of it,
-- with the event that it became: each once.
create table bank_booking (
    county      text not null,
    reference   text not null,
    application bigint not null references application (id),
    act         text not null check (act in ('draw', 'repay')),
    amount_fen  bigint not null check (amount_fen > 0),
    booked_on   date not null,             -- the bank's day
    seq         bigint not null,          -- of the event
    primary key (county, reference)
);

grant insert on bank_booking to parus_web;
revoke update, delete on bank_booking from parus_worker;
revoke delete on delivery_target, delivery_cursor, delivery from parus_worker;
