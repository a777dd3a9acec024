using System.Collections.Immutable;
using System.Text;
using StreamForge.Core;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>Reads files of deletes, each once for all data files that it applies to. Safe from any thread.</summary>
internal sealed class DeleteReader(IObjectStore store, TableLocations locations, TableMetadata metadata) : IDisposable
{
    /// <summary>The reserved columns of position deletes (Iceberg specification, "Position Delete Files").</summary>
    private static readonly ImmutableArray<WantedColumn> PositionColumns =
    [
        new(new NestedField(2147483546, "file_path", Required: true, PrimitiveType.String), DataType.String),
        new(new NestedField(2147483545, "pos", Required: true, PrimitiveType.Long), DataType.BigInt),
    ];

    private const int BatchRows = 8192;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, Dictionary<string, HashSet<long>>> _positions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EqualitySet> _equalities = new(StringComparer.Ordinal);

    /// <summary>The positions that <paramref name="delete"/> takes from <paramref name="data"/>; null for none.</summary>
    public async ValueTask<HashSet<long>?> PositionsAsync(PlannedFile delete, PlannedFile data, CancellationToken cancellation)
    {
        if (Deletes.IsVector(delete)) return await VectorAsync(delete.File, cancellation);
        await _gate.WaitAsync(cancellation);
        try
        {
            if (!_positions.TryGetValue(delete.File.Location, out var files)) _positions[delete.File.Location] = files = await ReadPositionsAsync(delete.File, cancellation);
            return files.GetValueOrDefault(data.File.Location);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask<EqualitySet> EqualitiesAsync(PlannedFile delete, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (!_equalities.TryGetValue(delete.File.Location, out var rows)) _equalities[delete.File.Location] = rows = await ReadEqualitiesAsync(delete.File, cancellation);
            return rows;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A column by id, as the table has it or last had it.</summary>
    public WantedColumn Column(int fieldId)
    {
        var field = metadata.CurrentSchema.Find(fieldId) ?? metadata.Schemas.Reverse().Select(schema => schema.Find(fieldId)).FirstOrDefault(found => found is not null)
            ?? throw new StreamForgeException(ErrorKind.Corrupt, $"{metadata.Location}: an equality delete compares the field {fieldId}, which no schema of the table has");
        return TypeMapping.TryToCore(field.Type, out var type, out var reason) ? new WantedColumn(field, type) : throw new StreamForgeException(ErrorKind.NotSupported, $"an equality delete compares the column {field.Name}: {reason}");
    }

    public void Dispose() => _gate.Dispose();

    private async ValueTask<Dictionary<string, HashSet<long>>> ReadPositionsAsync(DataFile delete, CancellationToken cancellation)
    {
        var result = new Dictionary<string, HashSet<long>>(StringComparer.Ordinal);
        await using var rows = await FileRows.OpenAsync(await store.OpenAsync(locations.Resolve(delete.Location), cancellation), delete.Format, PositionColumns, NameMapping.None, null, null, cancellation);
        if (rows.Source.Contains(-1)) throw new StreamForgeException(ErrorKind.Corrupt, $"{delete.Location}: a file of position deletes has no columns file_path and pos");
        while (await rows.ReadAsync(BatchRows, cancellation) is { } batch)
        {
            var (paths, positions) = ((BytesColumn)batch.Columns[rows.Source[0]], (Int64Column)batch.Columns[rows.Source[1]]);
            HashSet<long>? file = null;
            for (var row = 0; row < batch.Rows; row++)
            {
                if (file is null || !paths[row].SequenceEqual(paths[row - 1]))
                {
                    var path = Encoding.UTF8.GetString(paths[row]);
                    if (!result.TryGetValue(path, out file)) result[path] = file = [];
                }
                file.Add(positions[row]);
            }
            foreach (var column in batch.Columns) column.Release();
        }
        return result;
    }

    private async ValueTask<EqualitySet> ReadEqualitiesAsync(DataFile delete, CancellationToken cancellation)
    {
        if (delete.EqualityIds.IsEmpty) throw new StreamForgeException(ErrorKind.Corrupt, $"{delete.Location}: a file of equality deletes names no columns");
        var wanted = delete.EqualityIds.Select(Column).ToImmutableArray();
        var result = new EqualitySet(delete.EqualityIds);
        await using var rows = await FileRows.OpenAsync(await store.OpenAsync(locations.Resolve(delete.Location), cancellation), delete.Format, wanted, NameMapping.None, null, null, cancellation);
        while (await rows.ReadAsync(BatchRows, cancellation) is { } batch)
        {
            var columns = rows.Source.Select((source, i) => source < 0 ? StreamForge.Core.Column.Nulls(wanted[i].Type, batch.Rows) : batch.Columns[source]).ToArray();
            for (var row = 0; row < batch.Rows; row++) result.Add(columns, row);
            foreach (var column in columns) column.Release();
        }
        return result;
    }

    private async ValueTask<HashSet<long>> VectorAsync(DataFile delete, CancellationToken cancellation)
    {
        if (delete.ContentOffset is not { } offset || delete.ContentBytes is not (> 0 and <= int.MaxValue and var length))
            throw new StreamForgeException(ErrorKind.Corrupt, $"{delete.Location}: a deletion vector has no place in its file");
        await using var reader = await store.OpenAsync(locations.Resolve(delete.Location), cancellation);
        if (offset < 4) throw new StreamForgeException(ErrorKind.Corrupt, $"{reader.Location}: a deletion vector at {offset} lies in no Puffin file, which would begin with PFA1");
        if (offset + length > reader.Length) throw new StreamForgeException(ErrorKind.Corrupt, $"{reader.Location}: a deletion vector of {length} bytes at {offset} does not lie within a Puffin file of {reader.Length}");
        var magic = new byte[4];
        await reader.ReadAsync(0, magic, cancellation);
        if (!magic.AsSpan().SequenceEqual("PFA1"u8)) throw new StreamForgeException(ErrorKind.Corrupt, $"{reader.Location}: a file of deletion vectors does not begin with PFA1, as Puffin files do");
        var blob = new byte[length];
        await reader.ReadAsync(offset, blob, cancellation);
        return RoaringPositions.Read(blob, reader.Location);
    }
}
