-- +goose Up
-- Who holds the contract on a parcel and to whom it is transferred from when to
-- when; what else tells who farms; and the mappings of columns that somebody
-- stands behind.
alter table holding
    add column holder         text not null default '', -- household of the contract
    add column transferee     text not null default '', -- SRFBM, of a transfer in force or not
    add column transfer_from  date,
    add column transfer_until date;

-- Signs of who farms which parcel in a season, from declarations and payments,
-- without anybody's name or number: a run names them by their digest.
create table tenancy_evidence (
    county    text not null references county (code),
    digest    text not null,
    parcel_id text not null,
    farmer_id text not null,              -- household, '' for somebody unknown
    source    text not null,              -- planting, subsidy
    season    text not null,
    primary key (digest, parcel_id, source, farmer_id, county)
);

create table county_mapping (
    county       text not null references county (code),
    kind         text not null,           -- parcels, subsidies, plantings
    digest       text not null,           -- of what it decides
    yaml         text not null,
    confirmed_by text not null,
    used_at      timestamptz not null,
    primary key (county, kind, digest)
);
