-- +goose Up
-- What was found when a publication's scores were looked at afterwards: its
-- portfolio, drift against another season, calibration on outcomes, fairness.
-- Sums alone; a look is never changed, a later one stands beside it.
create table monitoring (
    id          bigint generated always as identity primary key,
    publication bigint not null references publication (id) on delete cascade,
    county      text not null references county (code),
    kind        text not null check (kind in ('portfolio', 'stability', 'performance', 'fairness')),
    at          timestamptz not null,
    actor       text not null,
    result      jsonb not null
);
create index monitoring_of on monitoring (publication, kind, at desc, id desc);

-- It goes with its publication and in no other way.
-- +goose StatementBegin
create function monitoring_only_grows() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from publication where id = old.publication) then
        return old;
    end if;
    raise exception 'what was monitored is append-only';
end $$;
-- +goose StatementEnd
create trigger monitoring_only_grows before update or delete on monitoring
    for each row execute function monitoring_only_grows();
create trigger monitoring_stays before truncate on monitoring execute function monitoring_only_grows();
revoke update, delete on monitoring from parus_worker;
