-- +goose Up
-- Scenes as map tiles. An overlay is what one unit of the stage "render" drew:
-- one scene in one cell of the web's tile pyramid. Like other results it
-- belongs to its unit, so new scenes only add.
create table overlay (
    unit     bigint primary key references work (id) on delete cascade,
    county   text not null,
    scene    text not null,               -- id
    datetime timestamptz not null,
    seen     bigint not null,             -- pixels of the last zoom with data
    clear    bigint not null,             -- of them, not masked
    kinds    text[] not null              -- truecolour, vegetation
);
create index overlay_scene on overlay (scene);

create table overlay_tile (
    unit   bigint not null references overlay (unit) on delete cascade,
    county text not null,
    kind   text not null,
    z      smallint not null,
    x      integer not null,
    y      integer not null,
    data   bytea not null,                -- JPEG or PNG, at most 64 KiB
    primary key (unit, kind, z, x, y)
);
alter table overlay_tile alter column data set storage external;

-- Runs whose overlays are drawn, by the version of the drawing code.
create table overlay_run (
    run      bigint not null references season_run (id) on delete cascade,
    version  integer not null,
    ended_at timestamptz not null default now(),
    primary key (run, version)
);
