-- +goose Up
-- An observation is kept in two parts: the parcels that reach into other
-- blocks, which the assembly of those blocks reads, and the others. Both are
-- packed already; compressing them again costs more than it saves.
alter table observation add column shared bytea not null default '';
alter table observation alter column data set storage external;
alter table observation alter column shared set storage external;
