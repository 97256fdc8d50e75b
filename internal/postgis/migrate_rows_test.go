package postgis_test

// representativeRows fills, in a database in which a branch has lent, every
// table that lending has not filled. Registry, run, decision's unit and
// publication of the branch have number 1. Triggers, keys and checks are on.
// A table that a migration adds needs a row here.
const representativeRows = `
insert into account (name, password_hash, role, counties) values ('li', 'x', 'officer', '{370199}'), ('he', 'x', 'risk', '{""}'), ('wu', 'x', 'approver', '{37}');
insert into session (token_hash, account, created_at, expires_at) values ('\x01', 1, '2025-04-01', '2025-04-02');
insert into input (digest, kind, name, data) values ('i1', 'weather', 'w.csv', '\x00ff10');

select release_open(1);
select release_close(1);
update registry_release set in_force = true, parcels = 1, households = 2;
insert into village (registry, code, name) values (1, '370199000000', '东村');
insert into household (registry, id, village, display_name, members, finance, original)
	values (1, '370199000000000', '370199000000', '王**', 3, '{"debts": [1]}', '{"R1": "x"}'), (1, '370199000000001', '', '李**', 1, '{}', null);
insert into parcel (registry, id, household_id, village, name, contract_m2, declared_m2, area_m2, declared_crop, leased_in, certified, original, geom)
	values (1, '3701990000000000001', '370199000000000', '370199000000', '北', 10, 9, 9.5, 'wheat', false, true, null,
		st_multi(st_makeenvelope(117, 36, 117.001, 36.001, 4326)));
insert into contract (registry, id, household_id, area_m2, until) values (1, 'c', '370199000000000', 10, '2040-01-01');
insert into holding (registry, parcel_id, household_id, contract, certificate, transfer, area_m2, leased, holder, transferee, transfer_from)
	values (1, '3701990000000000001', '370199000000000', 'c', 'z', '', 10, false, '370199000000000', '', '2024-01-01');
insert into person_key (county, subject, key_id, wrapped) values ('370199', '\x05', 'k', '\x06');
insert into person (registry, household_id, position, subject, holder, head, name_mask, id_mask, phone_mask, name_index, sealed)
	values (1, '370199000000000', 0, '\x05', true, true, '王**', '3701**', '', '\x07', '\x08');
insert into audit (county, seq, at, actor, act, item, purpose, key_id, hash) values ('370199', 1, '2025-04-01', 'he', 'import', 'r', 'p', '', '\x09');
insert into tenancy_evidence (county, digest, parcel_id, farmer_id, source, season) values ('370199', 't', 'p', '', 'planting', '2025-winter');
insert into county_mapping (county, kind, digest, yaml, confirmed_by, used_at) values ('370199', 'parcels', 'm', 'a: b', 'he', '2025-04-01');
insert into declaration (county, digest, season, parcel_id, household_id, crop) values ('370199', 'd', '2025-winter', 'p', '', 'winter_wheat');

insert into work (key, county, stage, item, payload, state, reason, notes, attempts, claim, lease_until, result, started_at, finished_at) values
	('observe/1', '370199', 'observe', 'S2 block 1', '{"a": 1}', 'done', '', '{repaired}', 2, '', null, '{"n": 3}', '2025-04-01', '2025-04-02'),
	('watch/1', '370199', 'watch', 'county', '{}', 'done', '', '{}', 1, '', null, '{}', null, null),
	('observe/2', '370199', 'observe', 'S2 block 2', '{}', 'pending', '', '{}', 0, '', null, '{}', null, null),
	('observe/3', '370199', 'observe', 'S2 block 3', '{}', 'running', '', '{}', 1, 'worker-1', '2025-04-02', '{}', '2025-04-01', null),
	('observe/4', '370199', 'observe', 'S2 block 4', '{}', 'failed', 'broken', '{}', 3, '', null, '{}', '2025-04-01', '2025-04-01'),
	('observe/5', '370199', 'observe', 'S2 block 5', '{}', 'skipped', 'all clouds', '{}', 1, '', null, '{}', '2025-04-01', '2025-04-01');
insert into run_work (run, unit) select 1, id from work;
insert into outcome (run, stage, item, outcome, reason) values (1, 'registry', 'row 7', 'failed', 'no shape');
insert into scene (unit, county, id, datetime, cloud, scene) values (2, '370199', 's', '2025-04-01', 12.5, '{}');
insert into coverage (unit, data) values (2, '\x0102');
insert into observation (unit, data, shared) values (2, '\x03', '');
insert into series (unit, parcel_id, pixels, dates, scenes, valid, layers, vals, ndvi_sd, smooth)
	values (2, 'p', 95.5, '{2025-04-01}', '{s}', '{1}', '{ndvi}', '{NaN}', '{0.1}', '{}');
insert into parcel_crop (unit, parcel_id, match_p, match_reasons, classes, posterior, abstained, reason, observations, last_clear)
	values (2, 'p', .9, '{edge}', '{winter_wheat}', '{1}', false, '', 5, '2025-04-01');
insert into parcel_yield (unit, parcel_id, p10, p50, p90, mean, sd, detail) values (2, 'p', 1, 2, 3, 2, 1, '{}');
insert into parcel_finding (unit, parcel_id, dates, edge, east_m, north_m, gain, split_share, split_contrast, split_line, joined)
	values (2, 'p', 3, null, 0, 0, 0, 0, 0, '{}', '{q}');
insert into parcel_signal (unit, parcel_id, kind, crop, first_on, last_on, strength, evidence) values (3, 'p', 'left_band', 'winter_wheat', '2025-04-01', '2025-04-09', .4, '{}');
insert into overlay (unit, county, scene, datetime, seen, clear, kinds) values (2, '370199', 's', '2025-04-01', 10, 9, '{truecolour}');
insert into overlay_tile (unit, county, kind, z, x, y, data) values (2, '370199', 'truecolour', 10, 800, 400, '\x0a');
insert into overlay_run (run, version) values (1, 1);
insert into shadow_decision (unit, household_id, policy, line_fen, pd, apr, capital_fen, expected_loss_fen, referred, rejected, binding, rules)
	values (1, '370199000000000', 'p', 1, .1, .1, 1, 1, false, false, 'need', '{}');

insert into published_parcel (publication, county, id, household_id, village, name, area_m2, crop, abstained, reason, classes, posterior, observations, yield_detail, geom)
	values (1, '370199', '3701990000000000001', '370199000000000', '370199000000', '北', 9.5, 'winter_wheat', false, '', '{winter_wheat}', '{1}', 5, '{}',
		st_multi(st_transform(st_makeenvelope(117, 36, 117.001, 36.001, 4326), 3857)));
update publication set watched = 3, decided = '{1}';
insert into map_sheet (publication, county, z, x, y, shapes, lines) values (1, '370199', 14, 13516, 6433, '\x010000', '');
insert into monitoring (publication, county, kind, at, actor, result) values (1, '370199', 'portfolio', '2025-04-01', 'he', '{}');

begin;
insert into alert (county, season, parcel_id, household_id, village, kind, episode, crop, first_on, last_on, strength, evidence, state, assignee, raised_at, updated_at)
	values ('370199', '2025-winter', 'p', 'h', '', 'left_band', 1, 'winter_wheat', '2025-04-01', '2025-04-09', .4, '{}', 'assigned', 'li', '2025-04-09', '2025-04-09');
insert into alert_event (alert, county, seq, at, actor, act, state, reason) values (1, '370199', 1, '2025-04-09', 'parus', 'raise', 'open', ''),
	(1, '370199', 2, '2025-04-09', 'li', 'assign', 'assigned', '');
commit;
begin;
insert into dispute (county, publication, season, parcel_id, household_id, village, kind, crop, area_m2, disputed, proposed_crop, proposed_m2, proposed, overlapped, evidence, author, state, reviewer, created_at, updated_at)
	values ('370199', 1, '2025-winter', '3701990000000000001', '370199000000000', '370199000000', 'boundary', 'winter_wheat', 9.5,
		st_multi(st_makeenvelope(117, 36, 117.001, 36.001, 4326)), '', 10000, st_multi(st_makeenvelope(117, 36, 117.0011, 36.001, 4326)), '[{"parcel_id": "q", "area_m2": 2.5}]',
		'measured', 'li', 'accepted', 'wu', '2025-04-01', '2025-04-02');
insert into dispute_event (dispute, county, seq, at, actor, act, state, reason) values (1, '370199', 1, '2025-04-01', 'li (officer)', 'propose', 'open', ''),
	(1, '370199', 2, '2025-04-02', 'wu (approver)', 'accept', 'accepted', 'map and photo');
commit;
begin;
insert into policy (digest, version, document, author, author_name, created_at)
	values (encode(sha256('version: p'), 'hex'), 'p', 'version: p', 2, 'he', '2025-04-01');
insert into policy_event (policy, seq, at, account, actor, act, state, reason) select digest, 1, created_at, 2, 'he, risk', 'draft', 'draft', 'new prices' from policy;
commit;
begin;
insert into policy_backtest (policy, county, season, season_run, engine_version, at, actor, households, report)
	select digest, '370199', '2025-winter', 1, 'e', '2025-04-02', 'he', 2, '{}' from policy;
update policy set state = 'tested';
insert into policy_event (policy, seq, at, account, actor, act, state, reason) select digest, 2, '2025-04-02', 2, 'he, risk', 'test', 'tested', '' from policy;
commit;
begin;
update policy set state = 'approved', approver = 3, approver_name = 'wu', approved_at = '2025-04-03';
insert into policy_event (policy, seq, at, account, actor, act, state, reason) select digest, 3, '2025-04-03', 3, 'wu, approver', 'approve', 'approved', '' from policy;
commit;
insert into policy_term (policy, prefix, from_day, set_by, set_at) select digest, '37', '2026-01-01', 'wu', '2025-04-03' from policy;
insert into policy_challenger (county, policy, set_by, set_at) select '370199', digest, 'wu', '2025-04-03' from policy;

insert into delivery_target (name, kind, config, county_prefix, from_seq, acts, created_by, created_at)
	values ('core', 'webhook', '{"url": "https://bank.example"}', '37', 1, '{decide}', 'he', '2025-04-01');
insert into delivery_cursor (target, county, seq) values ('core', '370199', 2);
insert into delivery (target, county, seq, application, state, attempts, last_error) values ('core', '370199', 2, 1, 'failed', 3, 'no answer');
insert into history (epoch, identity, mark, noticed_at) select 1, identity, '0a1b2c3d', '2025-04-01' from history;
insert into book_history (county, epoch, from_seq) values ('370199', 1, 4);
insert into bank_booking (county, reference, application, act, amount_fen, booked_on, seq) values ('370199', 'B1', 1, 'draw', 200000, '2025-04-01', 4);
insert into run_event (run, seq, at, actor, act, state, reason) values (1, 1, '2025-04-01', 'he', 'pause', 'paused', 'prices'), (1, 2, '2025-04-01', 'he', 'resume', 'running', 'right');
insert into catalogue_watch (county, season, source, every, until, next_at, last_result, last_run, listed, created_by, created_at)
	values ('370199', '2025-winter', 'https://stac.example', '6 hours', '2025-07-05', '2025-04-01', '1 new; run 1', 1, '{S0}', 'he', '2025-03-01');
insert into rescore (county, season, state, asked_by, asked_at, confirmed_by, confirmed_at, reason, plan, planned_at, run)
	values ('370199', '2025-winter', 'confirmed', 'he (risk)', '2025-04-01', 'he (risk)', '2025-04-01', 'new prices', '{}', '2025-04-01', 1);
insert into upload (id, county, account, account_name, name, size, got, state, key_id, wrapped, round, options, found, report, report_gz, rows_in, accepted, corrected, quarantined,
		mapping, release, created_at, moved_at, expires_at)
	values ('AAAAAAAAAAAAAAAAAAAAAA', '370199', 1, 'li', '县.zip', 5, 5, 'committed', 'k', '\x01', 2, '{"crs": "EPSG:4527"}', '{}', '{}', '\x1f', 3, 2, 0, 1,
		'{}', 1, '2025-04-01', '2025-04-02', '2025-04-09');
insert into upload_piece (upload, county, start, size, digest, data) values ('AAAAAAAAAAAAAAAAAAAAAA', '370199', 0, 5, '\x02', '\x03');
insert into upload_defect (upload, county, seq, code, severity, layer, key, row_no, message, fix, original, geom)
	values ('AAAAAAAAAAAAAAAAAAAAAA', '370199', 1, 'OVERLAP', 'warning', 'DK', 'p', 7, 'm', 'f', '', st_setsrid(st_makepoint(117, 36), 4326));
insert into upload_event (upload, county, seq, at, actor, act, detail) values ('AAAAAAAAAAAAAAAAAAAAAA', '370199', 1, '2025-04-01', 'li', 'begin', '县.zip');
insert into api_token (name, hash, role, counties, operations, created_by, created_at, expires_at)
	values ('core', sha256('x'), 'officer', '{370199}', '{read}', 'he (risk)', '2025-04-01', '2026-04-01');
insert into sign_in_attempt (key, failures, last_at) values (sha256('li'), 2, '2025-04-01');
insert into sign_in_flow (browser, state, nonce, verifier, back_to, expires_at) values (sha256('b'), sha256('s'), 'n', 'v', '/', '2025-04-01');
insert into access_event (at, actor, act, item, counties, detail) values ('2025-04-01', 'parus', 'add account', 'li', '{370199}', 'officer');
`
