namespace StreamForge.Postgres.Transfer;

/// <summary>The statements that read and write a pipeline as a whole, with the schema's name. $1 is the pipeline's id where nothing else is said.</summary>
internal sealed class TransferStatements(string schema)
{
    public string Pipelines { get; } = $"select id, name from {schema}.pipelines order by name collate \"C\"";

    public string Records { get; } = $"select name, version, writer, content from {schema}.records where pipeline_id = $1";

    public string Waiting { get; } = $"select count(*) from {schema}.outbox where pipeline_id = $1";

    public string Views { get; } = $"select name, id from {schema}.views where pipeline_id = $1";

    /// <summary>$1 the view.</summary>
    public string Keys { get; } = $"select content, due from {schema}.keys where view_id = $1 order by view_id, key";

    /// <summary>$2 the partition's index.</summary>
    public string Images { get; } = $"select key, content from {schema}.images where pipeline_id = $1 and partition = $2 order by key";

    public string Ledgers { get; } = $"select ledger, entry from {schema}.ledgers where pipeline_id = $1 order by ledger, id";

    /// <summary>$1 the name. Held until the transaction ends, so that nobody else makes or fills the pipeline.</summary>
    public string Take { get; } = $"""
        insert into {schema}.pipelines (name) values ($1)
        on conflict (name) do update set name = excluded.name
        returning id
        """;

    /// <summary>Whether anything is kept.</summary>
    public string IsUsed { get; } = $"""
        select exists (select from {schema}.records where pipeline_id = $1)
            or exists (select from {schema}.keys k join {schema}.views v on v.id = k.view_id where v.pipeline_id = $1)
            or exists (select from {schema}.images where pipeline_id = $1) or exists (select from {schema}.outbox where pipeline_id = $1) or exists (select from {schema}.ledgers where pipeline_id = $1)
        """;

    /// <summary>$2 the name.</summary>
    public string TakeView { get; } = $"""
        insert into {schema}.views (pipeline_id, name) values ($1, $2)
        on conflict (pipeline_id, name) do update set name = excluded.name
        returning id
        """;

    /// <summary>$2 the name, $3 the writer, $4 the content.</summary>
    public string AddRecord { get; } = $"insert into {schema}.records (pipeline_id, name, version, writer, content) values ($1, $2, 1, $3, $4)";

    /// <summary>$1 the name. Nobody else imports or changes the pipeline until the transaction ends.</summary>
    public string LockPipeline { get; } = $"select id from {schema}.pipelines where name = $1 for no key update";

    /// <summary>No key is added to a view until the transaction ends.</summary>
    public string LockViews { get; } = $"select name, id from {schema}.views where pipeline_id = $1 order by id for update";

    /// <summary>Nobody writes a record until the transaction ends, and then finds that its fence is lost.</summary>
    public string LockRecords { get; } = $"select name, version, writer, content from {schema}.records where pipeline_id = $1 order by name for update";

    /// <summary>$2 the name, $3 the writer, $4 the content.</summary>
    public string PutRecord { get; } = $"""
        insert into {schema}.records (pipeline_id, name, version, writer, content) values ($1, $2, 1, $3, $4)
        on conflict (pipeline_id, name) do update set version = records.version + 1, writer = excluded.writer, content = excluded.content
        """;

    /// <summary>$2 the name.</summary>
    public string RemoveRecord { get; } = $"delete from {schema}.records where pipeline_id = $1 and name = $2";

    /// <summary>$1 the view. A cursor; who reads locks.</summary>
    public string MoveKeys { get; } = $"declare moved_keys no scroll cursor for select key, key_group, content, due from {schema}.keys where view_id = $1 order by view_id, key for update";

    /// <summary>$1 the pipeline, $2 the partition's index. A cursor.</summary>
    public string MoveImages { get; } = $"declare moved_images no scroll cursor for select key, content from {schema}.images where pipeline_id = $1 and partition = $2 order by key for update";

    public string FetchKeys { get; } = "fetch forward 1000 from moved_keys";

    public string FetchImages { get; } = "fetch forward 1000 from moved_images";

    public string CloseKeys { get; } = "close moved_keys";

    public string CloseImages { get; } = "close moved_images";

    /// <summary>$1 the view, $2 keys, $3 groups, $4 newest events, $5 due, $6 the writer, $7 contents.</summary>
    public string AddKeys { get; } = $"""
        insert into {schema}.keys (view_id, key, key_group, newest_event, due, writer, content, version)
        select $1, i.key, i.key_group, i.newest_event, i.due, $6, i.content, 1
        from unnest($2::bytea[], $3::smallint[], $4::bigint[], $5::bigint[], $7::bytea[]) i (key, key_group, newest_event, due, content)
        """;

    /// <summary>$2 the partition's index, $3 keys, $4 contents.</summary>
    public string PutImages { get; } = $"""
        update {schema}.images m set content = i.content from unnest($3::bytea[], $4::bytea[]) i (key, content)
        where m.pipeline_id = $1 and m.partition = $2 and m.key = i.key
        """;

    /// <summary>$2 the partition's index.</summary>
    public string RemoveImages { get; } = $"delete from {schema}.images where pipeline_id = $1 and partition = $2";

    /// <summary>$2 the partition's index, $3 the new one.</summary>
    public string RenumberImages { get; } = $"update {schema}.images set partition = $3 where pipeline_id = $1 and partition = $2";

    /// <summary>$2 the view, $3 the one that goes on in its place. An orphan of a view is known by the view's id, negated.</summary>
    public string RenumberOrphans { get; } = $"update {schema}.ledgers set ordinal = -$3::integer where pipeline_id = $1 and ordinal = -$2::integer";

    /// <summary>$1 the view. Its keys go with it.</summary>
    public string RemoveView { get; } = $"delete from {schema}.views where id = $1";

    /// <summary>$1 the view, $2 the name.</summary>
    public string NameView { get; } = $"update {schema}.views set name = $2 where id = $1";

    public string CopyKeys { get; } = $"copy {schema}.keys (view_id, key_group, version, newest_event, due, writer, key, content) from stdin (format binary)";

    public string CopyImages { get; } = $"copy {schema}.images (pipeline_id, partition, key, content) from stdin (format binary)";

    public string CopyLedgers { get; } = $"copy {schema}.ledgers (pipeline_id, ledger, source, partition, position, ordinal, entry) from stdin (format binary)";
}
