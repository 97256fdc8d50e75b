-- +goose Up
-- Hand-overs on their way in: what counties upload, in pieces, until it is a
-- release of their registry or is given up. Any web server takes the pieces and
-- any worker finds them here.
create table upload (
    id           text primary key check (id ~ '^[A-Za-z0-9_-]{22}$'),
    county       text not null check (county ~ '^[1-9][0-9]{5}$'), -- it may have handed in nothing before
    account      bigint not null,
    account_name text not null,
    name         text not null,           -- of the file
    size         bigint not null check (size > 0),
    got          bigint not null default 0 check (got between 0 and size),
    state        text not null default 'receiving'
        check (state in ('receiving', 'checking', 'checked', 'refused', 'committing', 'committed', 'expired', 'withdrawn')),
    key_id       text not null default '', -- of the county's key that wraps the pieces'; '': they lie as they came
    wrapped      bytea,
    round        integer not null default 0, -- checks that were asked for
    options      jsonb not null default '{}',
    unit         text not null default '', -- key of the unit that works on it, or did last
    step         text not null default '',
    why          text not null default '',
    reason       text not null default '',
    found        jsonb,
    report       jsonb,                   -- without defects
    report_gz    bytea,                   -- all of it
    rows_in      integer, accepted integer, corrected integer, quarantined integer,
    mapping      jsonb,                   -- that the last check read it by
    signed_by    text not null default '', -- who committed
    signed_at    timestamptz,
    release      bigint references registry_release (id) on delete set null,
    known        boolean not null default false,
    created_at   timestamptz not null,
    moved_at     timestamptz not null,
    expires_at   timestamptz not null,
    check ((wrapped is null) = (key_id = ''))
);
create index upload_list on upload (county, created_at desc, id);
create index upload_open on upload (state) where state in ('receiving', 'checking', 'checked', 'refused', 'committing');

create table upload_piece (
    upload text not null references upload (id),
    county text not null,
    start  bigint not null,               -- offset in the file
    size   integer not null check (size > 0),
    digest bytea not null,                -- SHA-256 of what was sent
    data   bytea not null,                -- sealed where the upload has a key
    primary key (upload, start)
);
alter table upload_piece alter column data set storage external;

create table upload_defect (
    upload   text not null references upload (id),
    county   text not null,
    seq      integer not null,            -- place in the report, from 1
    code     text not null,
    severity text not null,
    layer    text not null,
    key      text not null,
    row_no   integer not null,
    message  text not null,
    fix      text not null,
    original text not null,
    geom     geometry (Geometry, 4326),
    primary key (upload, seq)
);
create index upload_defect_code on upload_defect (upload, code, seq);

create table upload_event (
    upload text not null references upload (id),
    county text not null,
    seq    integer not null,              -- from 1, without gaps
    at     timestamptz not null,
    actor  text not null,
    act    text not null check (act in ('begin', 'finish', 'check', 'checked', 'refuse', 'commit', 'committed', 'withdraw', 'expire')),
    detail text not null,
    primary key (upload, seq)
);
-- +goose StatementBegin
create function upload_history_only_grows() returns trigger language plpgsql as
    $$ begin raise exception 'the history of uploads is append-only'; end $$;

-- Whatever writes: an upload moves along these lines or not at all.
create function upload_moves() returns trigger language plpgsql as $$
begin
    if not (old.state = new.state
            or (old.state = 'receiving' and new.state in ('checking', 'expired', 'withdrawn'))
            or (old.state = 'checking' and new.state in ('checked', 'refused', 'expired', 'withdrawn'))
            or (old.state in ('checked', 'refused') and new.state in ('checking', 'expired', 'withdrawn'))
            or (old.state = 'checked' and new.state = 'committing')
            or (old.state = 'committing' and new.state in ('committed', 'checked', 'checking', 'refused', 'expired', 'withdrawn'))) then
        raise exception 'upload % can not go from % to %', old.id, old.state, new.state;
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger upload_history_only_grows before update or delete or truncate on upload_event
    execute function upload_history_only_grows();
create trigger upload_moves before update of state on upload for each row execute function upload_moves();

grant insert on upload, upload_piece, upload_event to parus_web;
grant update (got, state, round, options, unit, step, why, reason, signed_by, signed_at, moved_at, expires_at) on upload to parus_web;
grant delete on upload_piece to parus_web;
revoke update, delete on upload_event from parus_worker;
revoke delete on upload from parus_worker;
