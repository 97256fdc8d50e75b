-- +goose Up
-- Ingestion in season: which catalogues are polled for new scenes of which
-- county-season, when next, and what the last poll came to.
create table catalogue_watch (
    id             bigint generated always as identity primary key,
    county         text not null references county (code),
    season         text not null,
    source         text not null,          -- URL of a STAC catalogue, or an absolute path
    every          interval not null check (every >= '1 minute' and every <= '31 days'),
    until          timestamptz not null,   -- it ends by itself after its first poll from here on
    enabled        boolean not null default true,
    ended_at       timestamptz,
    next_at        timestamptz not null,
    last_polled_at timestamptz,
    last_result    text not null default '',
    last_run       bigint references season_run (id) on delete set null, -- the last that it started
    failures       integer not null default 0, -- polls that failed since the last that did not
    listed         text[] not null default '{}', -- scenes that the catalogue has named so far
    claim          text not null default '', -- token of the scheduler that holds the lease
    lease_until    timestamptz,
    claimed_at     timestamptz,            -- by the database's clock, whatever that of the scheduler says
    created_by     text not null,
    created_at     timestamptz not null,
    unique (county, season, source)
);
create index catalogue_watch_due on catalogue_watch (next_at) where enabled and ended_at is null;
