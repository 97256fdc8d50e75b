-- +goose Up
-- The truth of Parus: counties and their registries, the ledger of work, what
-- work produced, and the publications that people see.

create extension if not exists postgis;
create extension if not exists pg_trgm;

create table county (
    code       text primary key,
    name       text not null,
    currency   text not null default 'CNY',
    created_at timestamptz not null default now()
);

-- A registry release is one accepted hand-over of a county; it is never
-- changed afterwards, so old decisions keep their shapes.
create table registry_release (
    id         bigint generated always as identity primary key,
    county     text not null references county (code),
    digest     text not null,             -- SHA-256 of the package's content and the import's rules
    source     text not null,             -- base name of the file or folder
    report     jsonb not null,
    created_at timestamptz not null default now(),
    unique (county, digest)
);

create table household (
    registry     bigint not null references registry_release (id) on delete cascade,
    id           text not null,           -- CBFBM
    village      text not null,           -- 12-digit code or ''
    display_name text not null,           -- masked
    members      integer not null,
    finance      jsonb not null default '{}', -- subsidy, off-farm income, debts: what the county table told
    primary key (registry, id)
);
create index household_village on household (registry, village, id);

create table parcel (
    registry      bigint not null references registry_release (id) on delete cascade,
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
    geom          geometry (MultiPolygon, 4326) not null,
    primary key (registry, id)
);
create index parcel_geom on parcel using gist (geom);
create index parcel_household on parcel (registry, household_id);

-- Files that a run depends on, by content, so that any worker has them and a
-- decision can be replayed years later.
create table input (
    digest     text primary key,          -- SHA-256, hex
    kind       text not null,             -- crop_model, statistics, weather, policy, ...
    name       text not null,
    data       bytea not null,
    created_at timestamptz not null default now()
);

-- One season of one county, asked for with one set of inputs.
create table season_run (
    id          bigint generated always as identity primary key,
    county      text not null references county (code),
    season      text not null,
    registry    bigint not null references registry_release (id),
    spec        jsonb not null,           -- workers.RunSpec
    digest      text not null unique,     -- SHA-256 of county, season, registry and spec
    state       text not null default 'running' check (state in ('running', 'done', 'failed')),
    reason      text not null default '',
    created_at  timestamptz not null default now(),
    finished_at timestamptz
);

-- The ledger: every unit of work is a row with a content key. See package
-- workers for the state machine.
create table work (
    id          bigint generated always as identity primary key,
    key         text not null unique,     -- stage + SHA-256 of inputs, parameters and code version
    county      text not null,
    stage       text not null,
    item        text not null,            -- the name that people know it by
    payload     jsonb not null,
    state       text not null default 'pending' check (state in ('pending', 'running', 'done', 'skipped', 'failed')),
    reason      text not null default '',
    notes       text[] not null default '{}', -- repairs and doubts of a unit that is done
    attempts    integer not null default 0,
    claim       text not null default '', -- token of the worker that holds the lease
    lease_until timestamptz,
    result      jsonb not null default '{}',
    created_at  timestamptz not null default now(),
    started_at  timestamptz,
    finished_at timestamptz
);
create index work_open on work (state) where state in ('pending', 'running');

create table run_work (
    run  bigint not null references season_run (id) on delete cascade,
    unit bigint not null references work (id) on delete cascade,
    primary key (run, unit)
);
create index run_work_unit on run_work (unit);

-- Outcomes of items that are no unit of their own: scenes refused by the
-- catalogue reader, registry rows, parcels, households.
create table outcome (
    run     bigint not null references season_run (id) on delete cascade,
    stage   text not null,
    item    text not null,
    outcome text not null check (outcome in ('done', 'skipped', 'failed')),
    reason  text not null,
    primary key (run, stage, item)
);

-- What units produced. Rows belong to their unit and are written once, in the
-- transaction that marks the unit done.
create table scene (
    unit     bigint primary key references work (id) on delete cascade,
    county   text not null,
    id       text not null,
    datetime timestamptz not null,
    cloud    real,                        -- percent
    scene    jsonb not null               -- imagery.Scene, verified
);
create table coverage (
    unit  bigint primary key references work (id) on delete cascade,
    data  bytea not null                  -- zonal.Coverage
);
alter table coverage alter column data set storage external;
create table observation (
    unit bigint primary key references work (id) on delete cascade,
    data bytea not null                   -- observe.Observation
);
create table series (
    unit      bigint not null references work (id) on delete cascade,
    parcel_id text not null,
    pixels    real not null,              -- sum of coverage fractions
    dates     date[] not null,
    scenes    text[] not null,
    valid     real[] not null,            -- per date, 0..1
    layers    text[] not null,
    vals      real[] not null,            -- layer-major, layers × dates; NaN is a gap
    ndvi_sd   real[] not null,            -- per date, within the parcel
    smooth    real[] not null,            -- NDVI per day of the season; empty where it could not be had
    phenology jsonb not null default '{}',
    primary key (unit, parcel_id)
);
create table parcel_crop (
    unit          bigint not null references work (id) on delete cascade,
    parcel_id     text not null,
    match_p       real not null,
    match_reasons text[] not null,
    classes       text[] not null,        -- catalogue codes
    posterior     real[] not null,        -- sums to 1
    abstained     boolean not null,
    reason        text not null,          -- why it abstained
    observations  integer not null,       -- dates with enough valid pixels
    last_clear    date,                   -- the last of them
    primary key (unit, parcel_id)
);
create table parcel_yield (
    unit      bigint not null references work (id) on delete cascade,
    parcel_id text not null,
    p10       real not null,              -- kg/ha of the posterior's mixture
    p50       real not null,
    p90       real not null,
    mean      real not null,
    sd        real not null,
    detail    jsonb not null,             -- per crop: mean, components, index
    primary key (unit, parcel_id)
);
create table decision (
    unit         bigint not null references work (id) on delete cascade,
    household_id text not null,
    digest       text not null,           -- SHA-256 of the snapshot
    snapshot     jsonb not null,          -- everything the decision was computed from
    decision     jsonb not null,          -- credit.Decision
    line_fen     bigint not null,
    pd           double precision not null,
    apr          double precision not null,
    due_date     date,
    referred     boolean not null,
    reasons      text[] not null,         -- codes, strongest first
    primary key (unit, household_id)
);

-- A publication is what officers see of one season: written in one
-- transaction, immutable, named in the path of its tiles.
create table publication (
    id         bigint generated always as identity primary key,
    county     text not null references county (code),
    season     text not null,
    registry   bigint not null references registry_release (id),
    run        bigint not null unique references season_run (id),
    in_force   boolean not null,
    created_at timestamptz not null default now()
);
create unique index publication_in_force on publication (county, season) where in_force;

create table published_parcel (
    publication  bigint not null references publication (id) on delete cascade,
    county       text not null,
    id           text not null,
    household_id text not null,
    village      text not null,
    name         text not null,
    area_m2      double precision not null,
    match_p      real,
    crop         text not null,           -- best catalogue code, '' where nothing is known
    crop_p       real,
    abstained    boolean not null,
    reason       text not null,
    classes      text[] not null,
    posterior    real[] not null,
    yield_p10    real,                    -- kg/ha
    yield_p50    real,
    yield_p90    real,
    observations integer not null,
    series_unit  bigint,
    yield_detail jsonb not null,
    line_fen     bigint,                  -- of the household
    geom         geometry (MultiPolygon, 3857) not null,
    primary key (publication, id)
);
create index published_parcel_geom on published_parcel using gist (geom);
create index published_parcel_household on published_parcel (publication, household_id);

create table published_household (
    publication  bigint not null references publication (id) on delete cascade,
    county       text not null,
    id           text not null,
    village      text not null,
    display_name text not null,
    parcels      integer not null,
    area_m2      double precision not null,
    line_fen     bigint not null,         -- minor units of the county's currency
    pd           real not null,
    apr          real not null,
    due_date     date,
    referred     boolean not null,
    reasons      text[] not null,         -- codes, strongest first
    decision     jsonb not null,
    bound        box2d,                   -- lon, lat of the household's parcels
    primary key (publication, id)
);
create index published_household_search on published_household using gin ((id || ' ' || display_name) gin_trgm_ops);
create index published_parcel_search on published_parcel using gin (id gin_trgm_ops);

-- People who sign in.
create table account (
    id            bigint generated always as identity primary key,
    name          text not null unique,
    password_hash text not null,          -- argon2id, PHC string
    role          text not null check (role in ('officer', 'partner', 'risk', 'approver', 'auditor', 'admin')),
    counties      text[] not null,        -- prefixes of county codes; '' sees all
    created_at    timestamptz not null default now(),
    disabled_at   timestamptz
);
create table session (
    token_hash bytea primary key,         -- SHA-256 of the cookie
    account    bigint not null references account (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
