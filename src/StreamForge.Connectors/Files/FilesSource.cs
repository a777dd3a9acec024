using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Files;

/// <summary>
/// <c>type: files</c>: CSV or JSON Lines, plain, gzip (<c>.gz</c>) or zstd (<c>.zst</c>) by name, read in the order of their names as partition 0. A row's position is the
/// uncompressed byte at which its record begins, and its segment the file's path below the first folder without a wildcard.
/// Safe from any thread; each reader is for one.
/// </summary>
public sealed class FilesSource : ISource
{
    private readonly ImmutableArray<SchemaField>? _declared;
    private readonly TimeZoneInfo _timeZone;

    private FilesSource(string name, FileGlob glob, bool csv, Schema schema, ImmutableArray<SchemaField>? declared, TimeZoneInfo timeZone, TimeProvider clock, Action<string>? warn)
    {
        Name = name;
        Glob = glob;
        IsCsv = csv;
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

    internal bool IsCsv { get; }

    internal TimeProvider Clock { get; }

    internal Action<string>? Warn { get; }

    /// <summary>Opens the source; without declared columns it reads up to 64 MiB to find them.</summary>
    /// <param name="eventTime">The event-time column, which an inferred schema makes a timestamp wherever most of its values are.</param>
    /// <param name="timeZone">Of date-times without an offset.</param>
    /// <param name="clock">Paces the waiting for files to grow; the system's by default.</param>
    /// <param name="warn">Told, in one sentence each, what is passed over: files whose names come too late. Called on the reading thread.</param>
    /// <exception cref="StreamForgeException">No file matches, a file cannot be read, or its columns cannot be told.</exception>
    public static Task<FilesSource> OpenAsync(
        string name,
        FilesSourceOptions options,
        ImmutableArray<SchemaField>? declared,
        LocatedText? eventTime,
        TimeZoneInfo timeZone,
        CancellationToken cancellation,
        TimeProvider? clock = null,
        Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Open(name, options, declared, eventTime, timeZone, clock ?? TimeProvider.System, warn, cancellation), cancellation);
    }

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) => new FilesReader(this, partition, start, request);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal DecodeOptions OptionsFor(Schema columns)
    {
        if (_declared is not { } declared) return new DecodeOptions(_timeZone, []);
        return new DecodeOptions(_timeZone, [.. columns.Fields.Select(column => declared.FirstOrDefault(field => string.Equals(field.Name, column.Name, StringComparison.Ordinal))?.Unit ?? 0)]);
    }

    internal StreamForgeException NothingMatches() => new(ErrorKind.NotFound, $"source {Name}: no file matches {Glob.Path}");

    private static FilesSource Open(
        string name, FilesSourceOptions options, ImmutableArray<SchemaField>? declared, LocatedText? eventTime, TimeZoneInfo timeZone, TimeProvider clock, Action<string>? warn, CancellationToken cancellation)
    {
        var csv = options.Format switch
        {
            "csv" => true,
            "json" => false,
            var other => throw new StreamForgeException(ErrorKind.NotSupported, $"source {name}: the format {other} is not supported yet for files; csv, json and avro are"),
        };
        var glob = InputFiles.Require(name, options, declared is not null, out var files);
        if (files.Count > 0) ByteInput.Open(files[0]).Dispose();
        var schema = declared is { } fields ? new Schema(fields.Select(field => new Field(field.Name, field.Type))) : FilesSchema.Infer(glob, csv, eventTime?.Value, cancellation);
        return new FilesSource(name, glob, csv, schema, declared, timeZone, clock, warn);
    }
}
