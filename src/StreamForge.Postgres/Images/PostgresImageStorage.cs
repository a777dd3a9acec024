using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Ports;
using StreamForge.Postgres.Connections;

namespace StreamForge.Postgres.Images;

/// <summary>The images of one pipeline. What is read comes with the record's writer in one statement, which sees one snapshot.</summary>
/// <param name="database">Not owned.</param>
/// <param name="pipeline">The pipeline's id.</param>
internal sealed class PostgresImageStorage(PostgresDatabase database, int pipeline) : IImageStorage
{
    /// <summary>$1 the pipeline, $2 the record, $3 the partition, $4 keys. A row for each image, or one without.</summary>
    private readonly string _load = $"""
        select r.writer, i.ord, i.content
        from {database.Quoted}.records r
        left join
        (
            select k.ord, m.content from unnest($4::bytea[]) with ordinality k (key, ord)
            join {database.Quoted}.images m on m.pipeline_id = $1 and m.partition = $3 and m.key = k.key
        ) i on true
        where r.pipeline_id = $1 and r.name = $2
        """;

    /// <summary>$1 the pipeline, $2 the record, $3 the partition, $4 the key that they follow or null, $5 how many. A row for each image, or one without.</summary>
    private readonly string _page = $"""
        select r.writer, i.key, i.content
        from {database.Quoted}.records r
        left join lateral
        (
            select m.key, m.content from {database.Quoted}.images m
            where m.pipeline_id = $1 and m.partition = $3 and ($4::bytea is null or m.key > $4::bytea)
            order by m.key limit $5
        ) i on true
        where r.pipeline_id = $1 and r.name = $2
        order by i.key
        """;

    public ValueTask<byte[]?[]?> LoadAsync(ImageOwner owner, IReadOnlyList<byte[]> keys, CancellationToken cancellation) => database.RunAsync($"load {keys.Count:N0} images", async (connection, stop) =>
    {
        await using var command = Command(connection, _load, owner);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. keys], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        var images = new byte[]?[keys.Count];
        await using var reader = await command.ExecuteReaderAsync(stop);
        var isOwner = false;
        while (await reader.ReadAsync(stop))
        {
            isOwner = reader.GetGuid(0) == owner.Writer;
            if (!isOwner) break;
            if (!await reader.IsDBNullAsync(1, stop)) images[(int)reader.GetInt64(1) - 1] = reader.Bytes(2);
        }
        return isOwner ? images : null;
    }, cancellation);

    public ValueTask<IReadOnlyList<ImageRow>?> PageAsync(ImageOwner owner, byte[]? after, int limit, CancellationToken cancellation) =>
        database.RunAsync<IReadOnlyList<ImageRow>?>("read images", async (connection, stop) =>
        {
            await using var command = Command(connection, _page, owner);
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
            var images = new List<ImageRow>();
            await using var reader = await command.ExecuteReaderAsync(stop);
            var isOwner = false;
            while (await reader.ReadAsync(stop))
            {
                isOwner = reader.GetGuid(0) == owner.Writer;
                if (!isOwner) break;
                if (!await reader.IsDBNullAsync(1, stop)) images.Add(new ImageRow(reader.Bytes(1), reader.Bytes(2)));
            }
            return isOwner ? images : null;
        }, cancellation);

    private NpgsqlCommand Command(NpgsqlConnection connection, string text, ImageOwner owner) => new(text, connection)
    {
        Parameters =
        {
            new NpgsqlParameter<int> { TypedValue = pipeline }, new NpgsqlParameter<string> { TypedValue = owner.Record, NpgsqlDbType = NpgsqlDbType.Text }, new NpgsqlParameter<short> { TypedValue = (short)owner.Partition },
        },
    };
}
