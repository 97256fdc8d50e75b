-- +goose Up
-- Who may sign in, and how: people by a password or through a provider of
-- identities, systems by tokens; attempts are counted for all servers together;
-- sessions end when they are idle; and whatever is done to an account or a token
-- is kept.

alter table account
    alter column password_hash set default '',  -- '': none, the account signs in through a provider
    add column issuer       text,               -- OpenID Connect: whose subject it is
    add column subject      text,               -- the provider's stable name of the person
    add column managed      boolean not null default false, -- role and counties follow the provider's claims
    add column must_change  boolean not null default false, -- somebody else has set the password
    add column signed_in_at timestamptz,
    add check ((issuer is null) = (subject is null)),
    add check (issuer <> '' and subject <> ''),
    add check (not managed or subject is not null);
create unique index account_subject on account (issuer, subject);

alter table session
    add column id      bigint generated always as identity,
    add column via     text not null default 'password' check (via in ('password', 'oidc')),
    add column idle    interval not null default '100 years', -- it ends when it is not used for so long
    add column seen_at timestamptz,             -- last use, within a minute; null: not since it was made
    add column agent   text not null default '',
    add column address text not null default '';
create unique index session_id on session (id);
create index session_account on session (account);

-- A system's key: a random secret of which a hash is kept.
create table api_token (
    id           bigint generated always as identity primary key,
    name         text not null unique check (name ~ '^[a-z0-9-]{1,40}$'),
    hash         bytea not null unique check (length(hash) = 32), -- SHA-256
    role         text not null check (role in ('officer', 'partner', 'risk', 'auditor')), -- approvals are for people
    counties     text[] not null,               -- prefixes of county codes; '' sees all
    operations   text[] not null check (operations <@ '{read,applications,alerts,people}' and operations <> '{}'),
    created_by   text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null check (expires_at > created_at),
    revoked_at   timestamptz,
    last_used_at timestamptz                    -- within a minute
);

-- Failed attempts to sign in, by the hash of a name or of an address: names are
-- not kept in clear, as people type passwords in their place.
create table sign_in_attempt (
    key          bytea primary key check (length(key) = 32),
    failures     integer not null check (failures > 0),
    last_at      timestamptz not null,
    locked_until timestamptz
);
create index sign_in_attempt_old on sign_in_attempt (last_at);

-- A sign-in through a provider that has begun: what its answer must agree with.
-- The row goes when the answer comes, so that each answer counts once.
create table sign_in_flow (
    browser    bytea primary key check (length(browser) = 32), -- SHA-256 of the cookie
    state      bytea not null check (length(state) = 32),      -- SHA-256
    nonce      text not null,
    verifier   text not null,                   -- PKCE
    back_to    text not null,                   -- path of the page
    expires_at timestamptz not null
);

-- What was done to accounts and tokens, and with the audit itself.
create table access_event (
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    actor    text not null,                     -- account and role, or 'parus'
    act      text not null,
    item     text not null,                     -- account or token
    counties text[] not null,                   -- of the item, before and after
    detail   text not null
);
create index access_event_at on access_event (at desc, id desc);
create index access_event_item on access_event (item);
alter table access_event enable row level security, force row level security;
-- Seen by those who see one of its counties; written also by whoever signs in,
-- who sees none yet.
create policy county on access_event
    using (exists (select from unnest(counties) c, unnest((select visible_counties())::text[]) v where c ^@ v or v ^@ c))
    with check (true);
-- +goose StatementBegin
create function access_history_only_grows() returns trigger language plpgsql as
    $$ begin raise exception 'the history of accounts and tokens is append-only'; end $$;

-- However accounts are changed, and by how many at once: where somebody manages
-- accounts of every county, somebody still does afterwards.
create function administrator_stays() returns trigger language plpgsql as $$
begin
    if old.role <> 'admin' or old.disabled_at is not null or not '' = any (old.counties) then
        return null;
    end if;
    if tg_op = 'UPDATE' and new.role = 'admin' and new.disabled_at is null and '' = any (new.counties) then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('parus administrators', 0));
    if not exists (select from account where role = 'admin' and disabled_at is null and '' = any (counties)) then
        raise exception 'the last administrator stays' using errcode = 'check_violation', constraint = 'last_administrator';
    end if;
    return null;
end $$;

-- Whoever is disabled is out, and whose rights change signs in again.
create function sessions_follow_account() returns trigger language plpgsql as $$
begin
    if new.disabled_at is not null then
        delete from session where account = new.id;
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger access_history_only_grows before update or delete or truncate on access_event
    execute function access_history_only_grows();
create constraint trigger administrator_stays after update or delete on account
    deferrable initially deferred for each row execute function administrator_stays();
create trigger sessions_follow_account after update of disabled_at on account
    for each row execute function sessions_follow_account();

grant insert on account, api_token, access_event to parus_web;
grant update (password_hash, role, counties, disabled_at, issuer, subject, must_change, signed_in_at) on account to parus_web;
grant update (seen_at) on session to parus_web;
grant update (revoked_at, last_used_at) on api_token to parus_web;
grant insert, update, delete on sign_in_attempt, sign_in_flow to parus_web;
revoke update, delete on access_event from parus_worker;
