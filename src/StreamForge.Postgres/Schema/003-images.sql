-- The last image of each row of a changelog whose before images are stored, by source partition (its index in the pipeline) and primary key: as of the partition's durable position, with whose record it is written.
create table images
(
    pipeline_id integer  not null references pipelines on delete cascade,
    partition   smallint not null,
    key         bytea    not null,
    content     bytea    not null,
    primary key (pipeline_id, partition, key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);

-- Orphans that keys have found stand in the late ledger with the view's id, negated, as their ordinal; how many there are is asked for by everybody who looks at the pipeline.
create index ledgers_of_views on ledgers (pipeline_id, ordinal) where ordinal < 0;
