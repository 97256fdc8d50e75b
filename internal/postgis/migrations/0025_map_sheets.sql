-- +goose Up
-- What the map and the list show of a publication, made once with it: never
-- changed, gone with it. Publications from before have none of this; what is
-- missing is then made from their rows whenever somebody asks.

-- The map, packed by cells of zoom 14 (z = 14) and for all villages together
-- (z = 0), so that a tile is drawn without touching its parcels' rows.
create table map_sheet (
    publication bigint not null references publication (id) on delete cascade,
    county      text not null references county (code),
    z           smallint not null,
    x           integer not null,
    y           integer not null,
    shapes      bytea not null,           -- without lines
    lines       bytea not null,           -- for roles that see them
    primary key (publication, z, x, y)
);
alter table map_sheet alter column shapes set storage external, alter column lines set storage external;
revoke update, delete on map_sheet from parus_worker;

alter table publication
    add column sheets  integer,           -- of map_sheet; null: none were packed
    add column bound   box2d,             -- lon, lat of its households; null: not added up
    add column summary jsonb;             -- publication.Summary with scores; null: not added up

-- Search and list read a few rows off the end of an index, whatever is typed:
-- codes by their start and by their end, names by their start. Only what lies
-- inside of a code, and is rare, is looked for by its trigrams.
drop index published_household_search;
create index published_household_search on published_household using gin (id gin_trgm_ops);
create index published_household_code on published_household (publication, id collate "C");
create index published_household_end on published_household (publication, reverse(id) collate "C");
create index published_household_name on published_household (publication, display_name collate "C", id collate "C");
create index published_household_line on published_household (publication, line_fen desc, id);
create index published_parcel_code on published_parcel (publication, id collate "C");
create index published_parcel_end on published_parcel (publication, reverse(id) collate "C");

-- See migration 0005: a text turned round tells nothing of rows not returned.
-- +goose StatementBegin
do $$
begin
    alter function reverse(text) leakproof;
exception when insufficient_privilege then
    raise notice 'searches will be slower: a superuser may mark reverse as leakproof';
end $$;
-- +goose StatementEnd
