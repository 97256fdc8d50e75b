-- +goose Up
-- Credit policies: documents that never change, the states that they pass
-- through, who did what and why, from when each is in force where, what
-- back-tests found, and what challengers would have decided.

create table policy (
    digest        text primary key,       -- SHA-256 of the document, as in table input
    version       text not null check (version <> ''),
    document      text not null,          -- YAML, complete
    author        bigint not null references account (id),
    author_name   text not null,
    created_at    timestamptz not null,
    state         text not null default 'draft' check (state in ('draft', 'tested', 'approved', 'replaced')),
    approver      bigint references account (id),
    approver_name text not null default '',
    approved_at   timestamptz,
    check (digest = encode(sha256(convert_to(document, 'UTF8')), 'hex')),
    check ((state = 'approved') = (approver is not null and approved_at is not null)),
    constraint four_eyes check (approver is null or (approver <> author and approver_name <> author_name))
);
create unique index policy_version on policy (version) where state <> 'replaced';

create table policy_event (
    policy  text not null references policy (digest),
    seq     integer not null,             -- from 1, without gaps
    at      timestamptz not null,
    account bigint not null references account (id),
    actor   text not null,                -- name and role
    act     text not null check (act in ('draft', 'replace', 'test', 'approve', 'activate', 'rollback', 'challenge', 'dismiss')),
    state   text not null,                -- after it
    reason  text not null,
    body    jsonb not null default '{}',
    primary key (policy, seq)
);

-- From when a policy is in force, for counties whose codes begin with a prefix.
create table policy_term (
    id        bigint generated always as identity primary key,
    policy    text not null references policy (digest),
    prefix    text not null check (prefix ~ '^[0-9A-Za-z_-]*$'), -- '' is every county
    from_day  date not null,
    ended_day date check (ended_day >= from_day), -- of a rollback: the first day without it
    set_by    text not null,
    set_at    timestamptz not null
);

-- What a back-test found; of the county whose season it was.
create table policy_backtest (
    id             bigint generated always as identity primary key,
    policy         text not null references policy (digest),
    county         text not null references county (code),
    season         text not null,
    season_run     bigint not null,
    engine_version text not null,
    at             timestamptz not null,
    actor          text not null,
    households     integer not null check (households > 0),
    report         jsonb not null
);
create index policy_backtest_policy on policy_backtest (policy, id desc);

-- The policy that decides in the shadow of a county's, and what it said.
create table policy_challenger (
    id       bigint generated always as identity primary key,
    county   text not null references county (code),
    policy   text not null references policy (digest),
    set_by   text not null,
    set_at   timestamptz not null,
    ended_by text not null default '',
    ended_at timestamptz,
    check ((ended_at is null) = (ended_by = ''))
);
create unique index policy_challenger_one on policy_challenger (county) where ended_at is null;

create table shadow_decision (
    unit              bigint not null references work (id) on delete cascade,
    household_id      text not null,
    policy            text not null,      -- digest of the challenger's document
    line_fen          bigint not null,
    pd                double precision not null,
    apr               double precision not null,
    capital_fen       bigint not null,
    expected_loss_fen bigint not null,
    referred          boolean not null,
    rejected          boolean not null,
    binding           text not null,
    rules             text[] not null,    -- names of those that held
    primary key (unit, household_id)
);

-- +goose StatementBegin
create function policy_history_only_grows() returns trigger language plpgsql as
    $$ begin raise exception 'the history of policies is append-only'; end $$;

-- Whatever writes: a document stays as it is and moves along these lines only,
-- to approval only after a back-test.
create function policy_moves() returns trigger language plpgsql as $$
begin
    if (new.digest, new.version, new.document, new.author, new.author_name, new.created_at)
            is distinct from (old.digest, old.version, old.document, old.author, old.author_name, old.created_at) then
        raise exception 'policy %: a document never changes', old.version;
    end if;
    if old.state = 'approved' and new is distinct from old then
        raise exception 'policy %: an approval stands', old.version;
    end if;
    if not (old.state = new.state
            or (old.state = 'draft' and new.state in ('tested', 'replaced'))
            or (old.state = 'tested' and new.state in ('approved', 'replaced'))) then
        raise exception 'policy % can not go from % to %', old.version, old.state, new.state;
    end if;
    if new.state = 'approved' and not exists (select from policy_backtest b where b.policy = new.digest) then
        raise exception 'policy % has no back-test', old.version;
    end if;
    return new;
end $$;

-- Security definer: whether a back-test exists does not depend on which counties
-- the approver sees.
alter function policy_moves() security definer;
alter function policy_moves() set search_path = public;
alter function policy_moves() set parus.counties = '{""}';

create function policy_is_told() returns trigger language plpgsql as $$
begin
    if (select state from policy where digest = new.digest)
            is distinct from (select state from policy_event where policy = new.digest order by seq desc limit 1) then
        raise exception 'the history of policy % does not tell of its state', new.version;
    end if;
    return null;
end $$;

create function policy_four_eyes() returns trigger language plpgsql as $$
begin
    if new.act = 'approve' and exists (select from policy p where p.digest = new.policy and p.author = new.account) then
        raise exception 'a policy is approved by somebody who has not written it' using errcode = 'check_violation', constraint = 'four_eyes';
    end if;
    if new.seq <> 1 + (select coalesce(max(seq), 0) from policy_event where policy = new.policy) then
        raise exception 'the history of policy % has a gap', new.policy;
    end if;
    return new;
end $$;

create function policy_term_stands() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if not exists (select from policy where digest = new.policy and state = 'approved') then
            raise exception 'only an approved policy can be in force';
        end if;
        if new.ended_day is not null then
            raise exception 'a term begins before it is rolled back';
        end if;
        return new;
    end if;
    if tg_op = 'UPDATE' and old.ended_day is null and new.ended_day is not null
            and (new.id, new.policy, new.prefix, new.from_day, new.set_by, new.set_at)
                is not distinct from (old.id, old.policy, old.prefix, old.from_day, old.set_by, old.set_at) then
        return new;
    end if;
    raise exception 'a term can be rolled back once and is never changed otherwise';
end $$;
-- +goose StatementEnd
create trigger policy_moves before update on policy for each row execute function policy_moves();
create trigger policy_stays before delete or truncate on policy execute function policy_history_only_grows();
create constraint trigger policy_is_told after insert or update on policy
    deferrable initially deferred for each row execute function policy_is_told();
create trigger policy_history_only_grows before update or delete or truncate on policy_event execute function policy_history_only_grows();
create trigger policy_four_eyes before insert on policy_event for each row execute function policy_four_eyes();
create trigger policy_term_stands before insert or update or delete on policy_term for each row execute function policy_term_stands();
create trigger policy_terms_stay before truncate on policy_term execute function policy_history_only_grows();
create trigger policy_backtest_stays before update or delete or truncate on policy_backtest execute function policy_history_only_grows();

grant insert, update on policy to parus_web;
grant insert on policy_event, policy_term, policy_backtest to parus_web;
grant update (ended_day) on policy_term to parus_web;
revoke update, delete on policy_event, policy_backtest from parus_worker;
revoke delete on policy, policy_term, policy_challenger from parus_worker;
grant insert on policy_challenger to parus_web;
grant update (ended_by, ended_at) on policy_challenger to parus_web;
