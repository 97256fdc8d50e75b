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
    primary key (target, county, seq),
    foreign key (county, seq) references application_event (county, seq)
);
create index delivery_open on delivery (target, application, seq) where state in ('pending', 'failed', 'dead');
create index delivery_due on delivery (target, county, seq) where state in ('pending', 'failed');

revoke delete on delivery_target, delivery_cursor, delivery from parus_worker;
