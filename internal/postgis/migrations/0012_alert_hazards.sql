-- +goose Up
-- A hazard that pictures show is a finding of its own kind where its parcel has
-- not left the county's band.
alter table parcel_signal drop constraint parcel_signal_kind_check;
alter table parcel_signal add constraint parcel_signal_kind_check check (kind in ('left_band', 'hazard', 'forecast_fell'));
