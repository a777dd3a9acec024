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

    public string CopyKeys { get; } = $"copy {schema}.keys (view_id, key_group, version, newest_event, due, writer, key, content) from stdin (format binary)";

    public string CopyImages { get; } = $"copy {schema}.images (pipeline_id, partition, key, content) from stdin (format binary)";

    public string CopyLedgers { get; } = $"copy {schema}.ledgers (pipeline_id, ledger, source, partition, position, ordinal, entry) from stdin (format binary)";
}
