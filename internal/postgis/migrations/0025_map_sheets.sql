-- +goose Up
-- What the map shows of a publication, packed by cells of zoom 14 (z = 14) and
-- for all villages together (z = 0), so that a tile is drawn without touching
-- its parcels' rows. Written with the publication, gone with it, never changed.
-- Publications from before have none and are packed from their rows when asked.
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

alter table publication
    add column sheets integer,            -- of map_sheet; null: none were packed
    add column bound  box2d;              -- lon, lat of its households; null: not added up

revoke update, delete on map_sheet from parus_worker;
