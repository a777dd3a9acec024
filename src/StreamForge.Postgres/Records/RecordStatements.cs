namespace StreamForge.Postgres.Records;

/// <summary>The statements over records, ledgers and the outbox, with the schema's name. $1 is always the pipeline.</summary>
internal sealed class RecordStatements(string schema)
{
    /// <summary>$2 the name.</summary>
    public string Load { get; } = $"select version, writer, content from {schema}.records where pipeline_id = $1 and name = $2";

    /// <summary>$2 what names begin with.</summary>
    public string List { get; } = $"select name, version, writer, content from {schema}.records where pipeline_id = $1 and starts_with(name, $2) order by name collate \"C\"";

    /// <summary>$2 the sink, $3 how many.</summary>
    public string Outbox { get; } = $"select id, payload from {schema}.outbox where pipeline_id = $1 and sink = $2 order by id limit $3";

    /// <summary>$2 the ledger.</summary>
    public string CountLedger { get; } = $"select count(*) from {schema}.ledgers where pipeline_id = $1 and ledger = $2";

    /// <summary>$2 the ledger, $3 how many to leave out, $4 how many to take.</summary>
    public string Ledger { get; } = $"select entry from {schema}.ledgers where pipeline_id = $1 and ledger = $2 order by id offset $3 limit $4";

    /// <summary>As <see cref="Ledger"/>, newest first.</summary>
    public string LedgerBackwards { get; } = $"select entry from {schema}.ledgers where pipeline_id = $1 and ledger = $2 order by id desc offset $3 limit $4";

    /// <summary>
    /// $2 the name, $3 the version that is replaced, $4 the writer, $5 the content; $6 to $11 the columns of the ledger's entries; $12 the ids of the outbox that are consumed. Answers how many records were
    /// written: 1, or 0 when the version is another, and then nothing has happened.
    /// </summary>
    public string Write(bool isInsert, bool hasLedger, bool consumes) => $"""
        with written as
        (
            {(isInsert ? Insert : Update)}
            returning 1
        )
        {(hasLedger ? Append : "")}
        {(consumes ? Consume : "")}
        select count(*) from written
        """;

    private string Insert { get; } = $"insert into {schema}.records (pipeline_id, name, version, writer, content) select $1, $2, 1, $4, $5 on conflict do nothing";

    private string Update { get; } = $"update {schema}.records set version = version + 1, writer = $4, content = $5 where pipeline_id = $1 and name = $2 and version = $3";

    private string Append { get; } = $"""
        , appended as
        (
            insert into {schema}.ledgers (pipeline_id, ledger, source, partition, position, ordinal, entry)
            select $1, l.* from unnest($6::smallint[], $7::text[], $8::integer[], $9::bigint[], $10::integer[], $11::text[]) l
            where exists (select from written)
            on conflict do nothing
        )
        """;

    private string Consume { get; } = $"""
        , consumed as
        (
            delete from {schema}.outbox where pipeline_id = $1 and id = any ($12::bigint[]) and exists (select from written)
        )
        """;
}
