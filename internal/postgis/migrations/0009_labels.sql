-- +goose Up
-- What a county declares to grow on its parcels in a season, without anybody's
-- name or number: a run names the declarations by their digest.
create table declaration (
    county       text not null references county (code),
    digest       text not null,
    season       text not null,
    parcel_id    text not null,
    household_id text not null,            -- who declares it, '' for somebody unknown
    crop         text not null,            -- catalogue code
    primary key (digest, parcel_id, crop, county)
);
