using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Sql.Lookups;

namespace StreamForge.Connectors.Files;

/// <summary>
/// Reads the file of a lookup whole: CSV or JSON Lines, plain, gzip or zstd. It must be one that every reader of the same definition reads the same, so the first record that
/// misfits, or has the key of another, is a fault with its line; what the file holds is named by the hash of its uncompressed bytes.
/// </summary>
public static class LookupFile
{
    /// <summary>Larger tables are refused: they live in memory.</summary>
    public const long MaxBytes = 1L << 30;

    /// <summary>Longer tables are refused.</summary>
    public const int MaxRows = 10_000_000;

    private const int BatchRows = 10_000;

    /// <exception cref="StreamForgeException">The file is not there, too large, or holds a record that cannot be taken.</exception>
    /// <exception cref="InvalidDefinitionException">It has no such key column.</exception>
    public static async Task<LookupTable> LoadAsync(LookupDefinition definition, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var file = Find(definition);
        var (bytes, hash) = await Task.Run(() => Measure(definition, file, cancellation), cancellation);
        await using var source = await FilesSource.OpenAsync(
            $"lookup {definition.Name}", new FilesSourceOptions(definition.Path, definition.Format), definition.Schema, null, TimeZoneInfo.Utc, cancellation);
        CheckKey(definition, source.Schema);
        var columns = source.Schema.Fields.Select(f => Column.Create(f.Type, 1024)).ToArray();
        var positions = new List<long>();
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(source.Schema, BatchRows, Bounded: true));
        while (await reader.ReadAsync(cancellation) is { State: not ReadState.Finished } read)
        {
            if (read.Batch is { } batch) Take(definition, file, batch, columns, positions);
        }
        var description = new LookupDescription(definition.Name, Path.GetFileName(definition.Path), source.Schema, [.. definition.Key.Select(k => k.Value)], positions.Count, bytes, hash);
        if (LookupTable.TryCreate(description, columns, out var duplicate) is { } table) return table;
        var key = definition.Key.Select(k => $"{k.Value} {FeatureValue.From(columns[source.Schema.IndexOf(k.Value)], duplicate.Second)}");
        throw Wrong(definition, $"lines {LineOf(file, positions[duplicate.First])} and {LineOf(file, positions[duplicate.Second])} have the same key, {string.Join(", ", key)}; a lookup's key must be unique");
    }

    private static InputFile Find(LookupDefinition definition)
    {
        var file = new FileInfo(definition.Path);
        if (file.Exists) return new InputFile(file.Name, file.FullName, file.Length);
        throw Directory.Exists(definition.Path)
            ? new StreamForgeException(ErrorKind.InvalidArgument, $"lookup {definition.Name}: {definition.Path} is a folder; name one file")
            : new StreamForgeException(ErrorKind.NotFound, $"lookup {definition.Name}: the file {definition.Path} does not exist");
    }

    private static (long Bytes, string Hash) Measure(LookupDefinition definition, InputFile file, CancellationToken cancellation)
    {
        using var input = ByteInput.Open(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        var bytes = 0L;
        while (input.Read(buffer) is var read and > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += read;
            if (bytes > MaxBytes)
                throw new StreamForgeException(ErrorKind.Exhausted, $"lookup {definition.Name}: {definition.Path} holds more than 1 GiB; a lookup table lives in memory, so leave out rows and columns that no transformation reads");
            hash.AppendData(buffer.AsSpan(0, read));
        }
        if (input.Damage is { } damage) throw new StreamForgeException(ErrorKind.Corrupt, $"lookup {definition.Name}: {definition.Path}: {damage}");
        return (bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static void CheckKey(LookupDefinition definition, Schema schema)
    {
        var faults = definition.Key.Where(k => !schema.Contains(k.Value))
            .Select(k => k.Location.Fault($"the lookup {definition.Name} has no column '{k.Value}'{DefinitionText.Suggest(k.Value, schema.Fields.Select(f => f.Name))}")).ToImmutableArray();
        if (faults.Length > 0) throw new InvalidDefinitionException(faults);
    }

    private static void Take(LookupDefinition definition, InputFile file, SourceBatch read, Column[] columns, List<long> positions)
    {
        using (read)
        {
            if (read.DeadLetters.Count > 0)
            {
                var first = read.DeadLetters[0];
                var position = long.Parse(first.Position.AsSpan(first.Position.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
                throw Wrong(definition, $"line {LineOf(file, position)}: {first.Reason}; put the record right, or declare 'schema'");
            }
            if (positions.Count + read.Batch.Count > MaxRows)
                throw new StreamForgeException(ErrorKind.Exhausted, $"lookup {definition.Name}: {definition.Path} holds more than {MaxRows:N0} rows; a lookup table lives in memory, so leave out rows that no transformation reads");
            for (var i = 0; i < columns.Length; i++)
            {
                for (var row = 0; row < read.Batch.Count; row++) columns[i].AppendFrom(read.Batch[i], row);
            }
            positions.AddRange(read.Batch.Headers.Positions);
        }
    }

    private static StreamForgeException Wrong(LookupDefinition definition, string what) => new(ErrorKind.InvalidDefinition, $"lookup {definition.Name}: {definition.Path}: {what}");

    /// <summary>The line, from 1, in which an uncompressed byte of the file lies.</summary>
    private static long LineOf(InputFile file, long position)
    {
        using var input = ByteInput.Open(file);
        var buffer = new byte[1 << 16];
        var line = 1L;
        while (position > 0 && input.Read(buffer.AsSpan(0, (int)Math.Min(position, buffer.Length))) is var read and > 0)
        {
            line += buffer.AsSpan(0, read).Count((byte)'\n');
            position -= read;
        }
        return line;
    }
}
