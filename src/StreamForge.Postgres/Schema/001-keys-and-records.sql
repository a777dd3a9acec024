-- Pipelines by name. A row is made when a pipeline is first opened, and everything else hangs on it.
create table pipelines
(
    id      integer     generated always as identity primary key,
    name    text        not null unique,
    created timestamptz not null default now()
);

-- Views by name: a plan may list them in another order, their keys stay theirs.
create table views
(
    id          integer generated always as identity primary key,
    pipeline_id integer not null references pipelines on delete cascade,
    name        text    not null,
    unique (pipeline_id, name)
);

-- One row for each feature key. An active key's row is rewritten every few seconds, so:
-- pages keep room for a second version of their rows, which then needs no new index entries (HOT) as long as due, the one indexed column that changes, stays the same;
-- vacuum comes after a fixed number of dead rows and not after a share of the table; contents are not compressed (they hardly shrink) and stay in the row while two rows fit a page.
create table keys
(
    view_id      integer  not null references views on delete cascade,
    key_group    smallint not null check (key_group between 0 and 1023),
    version      bigint   not null check (version > 0),
    newest_event bigint   not null,
    due          bigint,
    writer       uuid     not null,
    key          bytea    not null,
    content      bytea    not null,
    primary key (view_id, key)
) with (fillfactor = 50, toast_tuple_target = 4000,
        autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_scale_factor = 0.2,
        autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

alter table keys alter column content set storage external;

-- Keys with windows to emit, found by their group.
create index keys_due on keys (view_id, key_group, due) where due is not null;

-- A record for each partition, sink and pipeline; small and rewritten often.
create table records
(
    pipeline_id integer not null references pipelines on delete cascade,
    name        text    not null,
    version     bigint  not null check (version > 0),
    writer      uuid    not null,
    content     bytea   not null,
    primary key (pipeline_id, name)
) with (fillfactor = 25, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Closed windows on their way to a sink: a queue, in the order of id.
create table outbox
(
    id          bigint  generated always as identity primary key,
    pipeline_id integer not null references pipelines on delete cascade,
    sink        text    not null,
    payload     bytea   not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

alter table outbox alter column payload set storage external;

create index outbox_of_sink on outbox (pipeline_id, sink, id);

-- Dead letters (0) and late events (1). An event may have several entries, numbered by ordinal; the key keeps an entry from being there twice.
create table ledgers
(
    id          bigint   generated always as identity primary key,
    pipeline_id integer  not null references pipelines on delete cascade,
    ledger      smallint not null,
    source      text     not null,
    partition   integer  not null,
    position    bigint   not null,
    ordinal     integer  not null,
    entry       text     not null,
    unique (pipeline_id, ledger, source, partition, position, ordinal)
);

create index ledgers_in_order on ledgers (pipeline_id, ledger, id);
