-- +goose Up
-- One layer of a series, a value per date; empty where it has none. Hazards need
-- four of some twenty, and reading them alone is a fifth of the transfer.
-- +goose StatementBegin
create function series_layer(layers text[], vals real[], name text) returns real[] language sql immutable parallel safe as $$
    select coalesce(vals[(array_position(layers, name) - 1) * (cardinality(vals) / cardinality(layers)) + 1
        : array_position(layers, name) * (cardinality(vals) / cardinality(layers))], '{}')
$$;
-- +goose StatementEnd
