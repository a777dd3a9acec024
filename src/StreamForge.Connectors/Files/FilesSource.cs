using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Csv;
using StreamForge.Formats.Debezium;
using StreamForge.Formats.Json;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Files;

/// <summary>
/// <c>type: files</c>: CSV, JSON Lines or Debezium's change events a line, plain, gzip (<c>.gz</c>) or zstd (<c>.zst</c>) by name, read in the order of their names as partition 0. A row's position is the
/// uncompressed byte at which its record begins, and its segment the file's path below the first folder without a wildcard.
/// Safe from any thread; each reader is for one.
/// </summary>
public sealed class FilesSource : ISource
{
    private const string DebeziumJson = "debezium-json";

    private readonly ImmutableArray<SchemaField>? _declared;
    private readonly TimeZoneInfo _timeZone;

    private readonly ChangelogDefinition? _changelog;

    private FilesSource(
        string name, FileGlob glob, string format, Schema schema, ImmutableArray<SchemaField>? declared, ChangelogDefinition? changelog, TimeZoneInfo timeZone, TimeProvider clock, Action<string>? warn)
    {
        Name = name;
        Glob = glob;
        Format = format;
        _changelog = changelog;
        Schema = schema;
        Clock = clock;
        Warn = warn;
        _declared = declared;
        _timeZone = timeZone;
        Partitions = [new PartitionId(name, 0)];
    }

    public string Name { get; }

    public Schema Schema { get; }

    public IReadOnlyList<PartitionId> Partitions { get; }

    internal FileGlob Glob { get; }

    /// <summary>csv, json or debezium-json.</summary>
    internal string Format { get; }

    internal TimeProvider Clock { get; }

    internal Action<string>? Warn { get; }

    /// <summary>Opens the source; without declared columns it reads up to 64 MiB to find them.</summary>
    /// <param name="eventTime">The event-time column, which an inferred schema makes a timestamp wherever most of its values are.</param>
    /// <param name="timeZone">Of date-times without an offset.</param>
    /// <param name="clock">Paces the waiting for files to grow; the system's by default.</param>
    /// <param name="warn">Told, in one sentence each, what is passed over: files whose names come too late. Called on the reading thread.</param>
    /// <param name="changelog">How changes are told apart, for a format of such.</param>
    /// <exception cref="StreamForgeException">No file matches, a file cannot be read, or its columns cannot be told.</exception>
    public static Task<FilesSource> OpenAsync(
        string name,
        FilesSourceOptions options,
        ImmutableArray<SchemaField>? declared,
        LocatedText? eventTime,
        TimeZoneInfo timeZone,
        CancellationToken cancellation,
        TimeProvider? clock = null,
        Action<string>? warn = null,
        ChangelogDefinition? changelog = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Open(name, options, declared, changelog, eventTime, timeZone, clock ?? TimeProvider.System, warn, cancellation), cancellation);
    }

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) => new FilesReader(this, partition, start, request);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What reads records, and what collects them.</summary>
    internal (IRecordReader Records, IBatchBuilder Batch) Decoding(Schema columns)
    {
        if (Format == DebeziumJson) return ChangeDecoding(columns);
        var rows = new RowBuilder(columns, OptionsFor(columns));
        return (Format == "csv" ? new CsvReader(rows) : new JsonLinesReader(rows), new SourceBatchBuilder(rows));
    }

    private (IRecordReader Records, IBatchBuilder Batch) ChangeDecoding(Schema columns)
    {
        var hasTime = _declared?.Any(f => f.Name == DebeziumDecoder.EventTimeColumn) == true;
        var image = new Schema(columns.Fields.Where(f => hasTime || f.Name != DebeziumDecoder.EventTimeColumn));
        ImmutableArray<Field> key = [.. (_changelog?.Key ?? []).Select(k => Schema.Find(k.Value)).OfType<Field>()];
        var decoder = new DebeziumDecoder(image, key, OptionsFor(new Schema(image.Fields.Concat(key.Where(k => !image.Contains(k.Name))))));
        return (new DebeziumLinesReader(decoder), new ChangeBatchBuilder(decoder, columns));
    }

    private DecodeOptions OptionsFor(Schema columns)
    {
        if (_declared is not { } declared) return new DecodeOptions(_timeZone, []);
        return new DecodeOptions(_timeZone, [.. columns.Fields.Select(column => declared.FirstOrDefault(field => string.Equals(field.Name, column.Name, StringComparison.Ordinal))?.Unit ?? 0)]);
    }

    internal StreamForgeException NothingMatches() => new(ErrorKind.NotFound, $"source {Name}: no file matches {Glob.Path}");

    private static FilesSource Open(
        string name, FilesSourceOptions options, ImmutableArray<SchemaField>? declared, ChangelogDefinition? changelog, LocatedText? eventTime, TimeZoneInfo timeZone, TimeProvider clock, Action<string>? warn,
        CancellationToken cancellation)
    {
        if (options.Format is not ("csv" or "json" or DebeziumJson))
            throw new StreamForgeException(ErrorKind.NotSupported, $"source {name}: the format {options.Format} is not supported yet for files; csv, json, debezium-json, avro and parquet are");
        var glob = InputFiles.Require(name, options, declared is not null, out var files);
        if (files.Count > 0) ByteInput.Open(files[0]).Dispose();
        var schema = declared is { } fields ? new Schema(fields.Select(field => new Field(field.Name, field.Type))) : FilesSchema.Infer(glob, options.Format, eventTime?.Value, cancellation);
        if (options.Format == DebeziumJson && !schema.Contains(DebeziumDecoder.EventTimeColumn)) schema = new Schema(schema.Fields.Add(new Field(DebeziumDecoder.EventTimeColumn, DataType.TimestampTz)));
        return new FilesSource(name, glob, options.Format, schema, declared, changelog, timeZone, clock, warn);
    }
}
