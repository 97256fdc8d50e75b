-- +goose Up
-- Households are decided in batches, in the order of this index: by code point,
-- which is the same on every machine.
drop index household_village;
create index household_village on household (registry, village collate "C", id collate "C");
