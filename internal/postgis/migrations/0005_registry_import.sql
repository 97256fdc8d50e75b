-- +goose Up
-- Registries as releases: tables in partitions of a release each, one release
-- in force per county; personal data sealed; an audit that only grows; and
-- row-level security by county on everything that belongs to one.

-- Roles. Whoever connects takes one of them for the length of a transaction.
-- They belong to the whole server, so another database may have made them, or
-- be making them now.
-- +goose StatementBegin
do $$
declare
    r text;
begin
    foreach r in array array['parus_web', 'parus_worker'] loop
        begin
            if not exists (select from pg_roles where rolname = r) then
                execute format('create role %I nologin', r);
            end if;
        exception when duplicate_object or unique_violation then null;
        end;
        if not pg_has_role(current_user, r, 'member') then
            execute format('grant %I to current_user', r);
        end if;
    end loop;
end $$;
-- +goose StatementEnd

-- The prefixes of county codes that the transaction may see: '{""}' is all,
-- nothing set is none.
create function visible_counties() returns text[] language sql stable parallel safe as
    $$ select coalesce(nullif(current_setting('parus.counties', true), '')::text[], '{}') $$;

alter table registry_release
    add column valid_from timestamptz not null default now(),
    add column in_force   boolean not null default false,
    add column previous   bigint references registry_release (id) on delete set null, -- in force when this one came
    add column parcels    integer not null default 0,
    add column households integer not null default 0,
    add column contracts  integer not null default 0,
    add column people     integer,        -- null: personal data were not kept
    add column report_gz  bytea,          -- the whole report, gzip of its JSON; report is without the defects
    add column difference jsonb not null default '{}'; -- to the previous release
update registry_release r set valid_from = created_at,
    in_force = id = (select max(n.id) from registry_release n where n.county = r.county),
    parcels = (select count(*) from parcel where registry = r.id),
    households = (select count(*) from household where registry = r.id);
alter table registry_release alter column report_gz set storage external;
create unique index registry_release_in_force on registry_release (county) where in_force;

-- What a release holds lies in partitions of its own in schema release, filled
-- before they have an index and dropped with the release.
create schema release;
create temporary table old_household on commit drop as table household;
create temporary table old_parcel on commit drop as table parcel;
drop table household, parcel;

create table village (
    registry bigint not null,
    code     text not null,           -- 12 digits
    name     text not null,
    primary key (registry, code)
) partition by list (registry);

create table household (
    registry     bigint not null,
    id           text not null,           -- CBFBM
    village      text not null,           -- 12-digit code or ''
    display_name text not null,           -- masked
    members      integer not null,
    finance      jsonb not null default '{}', -- subsidy, off-farm income, debts: what the county table told
    original     jsonb,                   -- code of a repair → what was there before
    primary key (registry, id)
) partition by list (registry);
create index household_village on household (registry, village, id);

create table parcel (
    registry      bigint not null,
    id            text not null,          -- DKBM
    household_id  text not null,
    village       text not null,
    name          text not null,
    contract_m2   double precision not null,
    declared_m2   double precision not null,
    area_m2       double precision not null,
    declared_crop text not null,
    leased_in     boolean not null,
    certified     boolean not null,
    original      jsonb,                  -- code of a repair → what was there before
    geom          geometry (MultiPolygon, 4326) not null,
    primary key (registry, id)
) partition by list (registry);
create index parcel_geom on parcel using gist (geom);
create index parcel_household on parcel (registry, household_id);

create table contract (
    registry     bigint not null,
    id           text not null,           -- CBHTBM
    household_id text not null,
    area_m2      double precision not null, -- HTZMJ, 0 where unknown
    until        date,                    -- CBQXZ
    primary key (registry, id)
) partition by list (registry);

create table holding (
    registry     bigint not null,
    parcel_id    text not null,
    household_id text not null,           -- who holds it by this row, or farms it by its transfer
    contract     text not null,           -- CBHTBM
    certificate  text not null,           -- CBJYQZBM
    transfer     text not null,           -- LZHTBM
    area_m2      double precision not null,
    leased       boolean not null
) partition by list (registry);
create index holding_parcel on holding (registry, parcel_id);

-- A person's data are sealed with a key of the person's own, which is sealed
-- with a key of the county that the database never sees. Destroying the wrapped
-- key makes every release's row unreadable. The blind indices are keyed hashes.
create table person_key (
    county    text not null references county (code),
    subject   bytea not null,             -- keyed hash of who it is
    key_id    text not null,              -- of the county key that wraps it
    wrapped   bytea,                      -- null: destroyed
    erased_at timestamptz,
    primary key (county, subject),
    check ((wrapped is null) = (erased_at is not null))
);

create table person (
    registry     bigint not null,
    household_id text not null,
    position     integer not null,        -- in the household, from 0
    subject      bytea not null,
    holder       boolean not null,        -- the household itself, not a member
    head         boolean not null,
    name_mask    text not null,
    id_mask      text not null,
    phone_mask   text not null,
    name_index   bytea,                   -- null where there is no name
    id_index     bytea,
    phone_index  bytea,
    sealed       bytea,                   -- null: erased before the release came
    primary key (registry, household_id, position)
) partition by list (registry);
create index person_subject on person (registry, subject);
create index person_name on person (registry, name_index);
create index person_id on person (registry, id_index);
create index person_phone on person (registry, phone_index);

-- +goose StatementBegin
create function release_tables() returns text[] language sql immutable as
    $$ select array['village', 'household', 'parcel', 'contract', 'holding', 'person'] $$;
-- +goose StatementEnd

-- release_open makes the empty partitions of a release, out of sight.
-- +goose StatementBegin
create function release_open(id bigint) returns void language plpgsql as $$
declare
    t text;
begin
    foreach t in array release_tables() loop
        execute format('create table release.%I (like public.%I including defaults including storage, check (registry = %s))', t || '_' || id, t, id);
    end loop;
end $$;
-- +goose StatementEnd

-- release_close indexes the partitions and puts them in place. Nobody reads
-- them but through their parents.
-- +goose StatementBegin
create function release_close(id bigint) returns void language plpgsql as $$
declare
    t text;
    i record;
begin
    foreach t in array release_tables() loop
        for i in select c.relname, pg_get_indexdef(x.indexrelid) as def, x.indisprimary
                 from pg_index x join pg_class c on c.oid = x.indexrelid where x.indrelid = ('public.' || quote_ident(t))::regclass loop
            if i.indisprimary then
                execute format('alter table release.%I add primary key %s', t || '_' || id, substring(i.def from '\(.*\)'));
            else
                execute format('create index on release.%I using %s', t || '_' || id, substring(i.def from ' USING (.*)$'));
            end if;
        end loop;
        execute format('alter table release.%I enable row level security, force row level security', t || '_' || id);
        execute format('alter table public.%I attach partition release.%I for values in (%s)', t, t || '_' || id, id);
    end loop;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function release_drop(id bigint) returns void language plpgsql as $$
declare
    t text;
begin
    foreach t in array release_tables() loop
        execute format('drop table if exists release.%I', t || '_' || id);
    end loop;
end $$;
-- +goose StatementEnd

select release_open(id) from registry_release;
select release_close(id) from registry_release;
insert into household (registry, id, village, display_name, members, finance)
    select registry, id, village, display_name, members, finance from old_household;
insert into parcel (registry, id, household_id, village, name, contract_m2, declared_m2, area_m2, declared_crop, leased_in, certified, geom)
    select registry, id, household_id, village, name, contract_m2, declared_m2, area_m2, declared_crop, leased_in, certified, geom from old_parcel;

-- Who did what, to what, when and why. Entries of a county form a chain: each
-- has a keyed hash of itself and the one before.
create table audit (
    county  text not null references county (code),
    seq     bigint not null,              -- from 1, without gaps
    at      timestamptz not null,
    actor   text not null,
    act     text not null,
    item    text not null,
    purpose text not null,
    key_id  text not null,                -- of the county's audit key, '' where it has none
    hash    bytea not null,
    primary key (county, seq)
);
-- +goose StatementBegin
create function audit_only_grows() returns trigger language plpgsql as
    $$ begin raise exception 'the audit is append-only'; end $$;
-- +goose StatementEnd
create trigger audit_only_grows before update or delete or truncate on audit execute function audit_only_grows();

-- Row-level security. Which county a row belongs to follows from its columns;
-- a table that has none of them belongs to no county. Runs after every
-- migration, so that no table can be forgotten.
-- +goose StatementBegin
create function county_rule(t regclass) returns text language sql stable as $$
    with has as (select attname as c from pg_attribute where attrelid = t and attnum > 0 and not attisdropped)
    select case
        when t = 'public.county'::regclass then 'code ^@ any ((select visible_counties())::text[])'
        when exists (select from has where c = 'county') then 'county ^@ any ((select visible_counties())::text[])'
        else (select format('exists (select from %I up where up.id = %I.%I)', up, (select relname from pg_class where oid = t), c)
              from has join (values (1, 'publication', 'publication'), (2, 'registry', 'registry_release'), (3, 'run', 'season_run'), (4, 'unit', 'work')) k (n, c, up) using (c)
              order by n limit 1)
    end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function protect_counties() returns void language plpgsql as $$
declare
    t regclass;
    rule text;
begin
    for t in select c.oid from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                 and not (c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid)) loop
        rule := county_rule(t);
        continue when rule is null;
        execute format('alter table %s enable row level security, force row level security', t);
        execute format('create policy county on %s using (%s) with check (%s)', t, rule, rule);
    end loop;
end $$;
-- +goose StatementEnd
select protect_counties();

grant usage on schema public to parus_web, parus_worker;
grant select on all tables in schema public to parus_web;
grant insert, delete on session to parus_web;
grant insert on audit to parus_web;
grant select, insert, update, delete on all tables in schema public to parus_worker;
revoke update, delete on audit from parus_worker;
alter default privileges in schema public grant select on tables to parus_web;
alter default privileges in schema public grant select, insert, update, delete on tables to parus_worker;

-- PostgreSQL looks at nothing of a row by an operator that might tell of it
-- before the policy has passed it, and so would not use the indices of shapes
-- and texts. That boxes overlap or a text is like a pattern tells nothing of
-- rows that are not returned: these functions raise no error that depends on a
-- row. Only a superuser may say so, for this database.
-- +goose StatementBegin
do $$
declare
    f text;
begin
    foreach f in array array['geometry_overlaps(geometry, geometry)', 'textlike(text, text)', 'texticlike(text, text)', 'textcat(text, text)'] loop
        execute format('alter function %s leakproof', f);
    end loop;
exception when insufficient_privilege then
    raise notice 'tiles and searches will be slower: a superuser may mark geometry_overlaps, textlike, texticlike and textcat as leakproof';
end $$;
-- +goose StatementEnd
