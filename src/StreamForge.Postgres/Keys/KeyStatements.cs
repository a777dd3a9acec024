namespace StreamForge.Postgres.Keys;

/// <summary>
/// The statements over keys, with the schema's name. Thousands of keys go in as arrays, one for each column, in order of view and key; the sessions' settings make the planner walk them in that order
/// (<see cref="Connections.PostgresDatabase"/>).
/// </summary>
internal sealed class KeyStatements(string schema)
{
    /// <summary>$1 views, $2 keys.</summary>
    public string Load { get; } = $"""
        select i.ord, k.version, k.writer, k.content
        from unnest($1::integer[], $2::bytea[]) with ordinality i (view_id, key, ord)
        join {schema}.keys k on k.view_id = i.view_id and k.key = i.key
        """;

    /// <summary>$1 views, $2 keys, $3 writers, $4 newest events, $5 due, $6 contents, $7 the versions that are replaced.</summary>
    public string Update { get; } = $"""
        update {schema}.keys k
        set version = i.expected + 1, writer = i.writer, newest_event = i.newest_event, due = i.due, content = i.content
        from unnest($1::integer[], $2::bytea[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bigint[])
            with ordinality i (view_id, key, writer, newest_event, due, content, expected, ord)
        where k.view_id = i.view_id and k.key = i.key and k.version = i.expected
        returning i.ord
        """;

    /// <summary>As <see cref="Update"/>, with the key groups in place of the versions. It answers with the keys, as an insert has no other way to say which rows it made.</summary>
    public string Insert { get; } = $"""
        insert into {schema}.keys (view_id, key, writer, newest_event, due, content, key_group, version)
        select i.view_id, i.key, i.writer, i.newest_event, i.due, i.content, i.key_group, 1
        from unnest($1::integer[], $2::bytea[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bytea[], $7::smallint[]) i (view_id, key, writer, newest_event, due, content, key_group)
        on conflict do nothing
        returning view_id, key
        """;

    /// <summary>$1 the pipeline, $2 sinks, $3 payloads, in order.</summary>
    public string Emit { get; } = $"""
        insert into {schema}.outbox (pipeline_id, sink, payload)
        select $1, e.sink, e.payload from unnest($2::text[], $3::bytea[]) e (sink, payload)
        """;

    /// <summary>$1 the pipeline, $2 ledgers, $3 the ids of the views that found them, $4 sources, $5 partitions, $6 positions, $7 entries. An event is an orphan of a view once: the view's id, negated, is the entry's ordinal.</summary>
    public string AddOrphans { get; } = $"""
        insert into {schema}.ledgers (pipeline_id, ledger, source, partition, position, ordinal, entry)
        select $1, o.ledger, o.source, o.partition, o.position, -o.view_id, o.entry
        from unnest($2::smallint[], $3::integer[], $4::text[], $5::integer[], $6::bigint[], $7::text[]) o (ledger, view_id, source, partition, position, entry)
        on conflict do nothing
        """;

    /// <summary>$1 the pipeline, $2 the view.</summary>
    public string Orphans { get; } = $"select count(*) from {schema}.ledgers where pipeline_id = $1 and ordinal < 0 and ordinal = -$2::integer";

    /// <summary>$1 the view, $2 and $3 the groups' range, $4 the watermark, $5 how many.</summary>
    public string Due { get; } = $"select key from {schema}.keys where view_id = $1 and key_group >= $2 and key_group < $3 and due <= $4 limit $5";

    /// <summary>$1 the view. Answers also whether the view is still there.</summary>
    public string NewestEvent { get; } = $"select max(newest_event), exists (select from {schema}.views where id = $1) from {schema}.keys where view_id = $1";

    /// <summary>$1 the view.</summary>
    public string Count { get; } = $"select count(*) from {schema}.keys where view_id = $1";

    /// <summary>$1 the view, $2 how many.</summary>
    public string Sample { get; } = $"select key from {schema}.keys where view_id = $1 limit $2";
}
