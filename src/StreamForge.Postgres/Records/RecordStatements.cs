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
    /// $2 the name, $3 the version that is replaced, $4 the writer, $5 the content; $6 to $11 the columns of the ledger's entries; $12 the ids of the outbox that are consumed; $13 the partition whose images change,
    /// $14 their keys, $15 the images. Answers how many records were written: 1, or 0 when the version is another, and then nothing has happened.
    /// </summary>
    public string Write(bool isInsert, bool hasLedger, bool consumes, bool hasImages) => $"""
        with written as
        (
            {(isInsert ? Insert : Update)}
            returning 1
        )
        {(hasLedger ? Append : "")}
        {(consumes ? Consume : "")}
        {(hasImages ? ChangeImages : "")}
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

    // A key is either among the rows that are put or among those that are removed.
    private string ChangeImages { get; } = $"""
        , put as
        (
            insert into {schema}.images (pipeline_id, partition, key, content)
            select $1, $13, i.key, i.content from unnest($14::bytea[], $15::bytea[]) i (key, content)
            where i.content is not null and exists (select from written)
            on conflict (pipeline_id, partition, key) do update set content = excluded.content
        )
        , removed as
        (
            delete from {schema}.images m using unnest($14::bytea[], $15::bytea[]) i (key, content)
            where i.content is null and m.pipeline_id = $1 and m.partition = $13 and m.key = i.key and exists (select from written)
        )
        """;
}
