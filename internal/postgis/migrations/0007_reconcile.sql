-- +goose Up
-- What a season's pictures say of each registered shape: whether its outline
-- follows edges, where it would fit better, its best division in two, and the
-- neighbours that look like one field with it.
create table parcel_finding (
    unit           bigint not null references work (id) on delete cascade,
    parcel_id      text not null,
    dates          integer not null,       -- clear dates that were looked at
    edge           real,                   -- standard deviations over places around; null: unknown
    east_m         real not null,          -- where the parcel alone would fit better
    north_m        real not null,
    gain           real not null,
    split_share    real not null,          -- smaller part, 0 to 0.5
    split_contrast real not null,
    split_line     double precision[] not null, -- x1, y1, x2, y2 in the CRS of the run's grid; empty: none
    joined         text[] not null,        -- parcel ids
    primary key (unit, parcel_id)
);
