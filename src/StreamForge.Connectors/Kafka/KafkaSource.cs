using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// <c>type: kafka</c>: the records of a topic, a partition for each of the topic's. Positions are offsets; a partition's segment is <c>topic/partition</c>.
/// <para>
/// With declared columns nothing is asked of a broker before <see cref="PrepareAsync"/>, so that a pipeline file can be checked and tested without one. Partitions are those of that moment; those that are
/// added later are taken in by the next start, from their beginning.
/// </para>
/// Safe from any thread; each reader is for one.
/// </summary>
public sealed class KafkaSource : ISource
{
    private readonly KafkaSourceOptions _options;
    private readonly ImmutableArray<SchemaField> _declared;
    private readonly ChangelogDefinition? _changelog;
    private readonly TimeZoneInfo _timeZone;
    private readonly TimeProvider _clock;
    private readonly Action<string>? _warn;
    private readonly Lock _gate = new();
    private KafkaPoller? _poller;

    private KafkaSource(
        string name, KafkaSourceOptions options, ImmutableArray<SchemaField> declared, ChangelogDefinition? changelog, TimeZoneInfo timeZone, TimeProvider clock, Action<string>? warn)
    {
        Name = name;
        _options = options;
        _declared = declared;
        _changelog = changelog;
        _timeZone = timeZone;
        _clock = clock;
        _warn = warn;
        Schema = KafkaColumns.After(declared.Select(f => new Field(f.Name, f.Type)));
    }

    public string Name { get; }

    public Schema Schema { get; }

    /// <summary>None before <see cref="PrepareAsync"/>.</summary>
    public IReadOnlyList<PartitionId> Partitions { get; private set; } = [];

    /// <summary>Opens the source; without declared columns it reads the topic's first records to find them.</summary>
    /// <param name="known">All columns as an earlier run found them, in place of finding them again; null for none.</param>
    /// <param name="eventTime">The event-time column, which an inferred schema makes a timestamp wherever most of its values are.</param>
    /// <param name="timeZone">Of date-times without an offset.</param>
    /// <param name="clock">Paces the waiting for records.</param>
    /// <param name="warn">Told, in one sentence each, what people should know while reading goes on. Called on any thread.</param>
    /// <param name="changelog">How changes are told apart, for a format of such.</param>
    /// <exception cref="StreamForgeException">librdkafka is missing, a property is wrong, no broker answers, or the columns cannot be told.</exception>
    public static async Task<KafkaSource> OpenAsync(
        string name, KafkaSourceOptions options, ImmutableArray<SchemaField>? declared, Schema? known, string? eventTime, TimeZoneInfo timeZone, TimeProvider clock,
        CancellationToken cancellation, Action<string>? warn = null, ChangelogDefinition? changelog = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (declared is not null && !options.Properties.IsEmpty && KafkaLibrary.Version is not null) KafkaProbe.Check(new KafkaConnection(name, options));
        var fields = declared ?? Fields(known ?? await KafkaSchema.InferAsync(new KafkaConnection(name, options), options.Format, eventTime, clock, cancellation));
        return new KafkaSource(name, options, fields, changelog, timeZone, clock, warn);

        // What an earlier run found holds the record's own columns too.
        static ImmutableArray<SchemaField> Fields(Schema schema) =>
            [.. schema.Fields.Where(f => !KafkaColumns.Contains(f.Name)).Select(f => new SchemaField(f.Name, f.Type, 0, default))];
    }

    /// <exception cref="StreamForgeException">librdkafka is missing, no broker answers, or there is no such topic.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellation)
    {
        var partitions = await KafkaProbe.PartitionsAsync(new KafkaConnection(Name, _options), cancellation);
        if (_options.Start is KafkaOffsets { Offsets: var offsets } && offsets.Keys.FirstOrDefault(p => !partitions.Contains(p), -1) is >= 0 and var unknown)
            throw new StreamForgeException(ErrorKind.InvalidDefinition, $"source {Name}: 'start_offset' names partition {unknown}, and the topic {_options.Topic} has the partitions 0 to {partitions[^1]}");
        Partitions = [.. partitions.Select(p => new PartitionId(Name, p))];
    }

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(request);
        CheckSegment(partition, start);
        return new KafkaPartitionReader(Poller(request), new KafkaPlace(Name, _options, partition, start), Decoder(partition, request.Columns), request.Bounded, _clock);
    }

    /// <summary>Makes a decoder of a partition's raw records.</summary>
    /// <param name="columns">The wanted columns, each of <see cref="Schema"/>.</param>
    public KafkaDecoder Decoder(PartitionId partition, Schema columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new KafkaDecoder(partition, _options.Topic, columns, IsOfValue, OptionsFor(columns.Fields), _changelog is null ? null : Changes(columns, _changelog));
    }

    private DebeziumDecoder Changes(Schema columns, ChangelogDefinition changelog)
    {
        ImmutableArray<Field> key = [.. changelog.Key.Select(k => Schema.Find(k.Value)).OfType<Field>()];
        var image = new Schema(columns.Fields.Where(f => IsOfValue(f.Name)));
        return new DebeziumDecoder(image, key, OptionsFor(image.Fields.Concat(key.Where(k => !image.Contains(k.Name)))));
    }

    private bool IsOfValue(string column) => _declared.Any(f => f.Name == column);

    private DecodeOptions OptionsFor(IEnumerable<Field> columns) => new(_timeZone, [.. columns.Select(c => _declared.FirstOrDefault(f => f.Name == c.Name)?.Unit ?? 0)]);

    public ValueTask DisposeAsync() => _poller?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>One poller for all partitions, made when the first is opened. All are opened for the same columns.</summary>
    private KafkaPoller Poller(ReadRequest request)
    {
        lock (_gate)
        {
            return _poller ??= new KafkaPoller(
                new KafkaConnection(Name, _options),
                KafkaPollerLimits.Default with { MaxRecords = _options.MaxRecords ?? request.MaxRows, Headers = request.Columns.Contains("headers") }, _warn);
        }
    }

    private void CheckSegment(PartitionId partition, PartitionCursor start)
    {
        var segment = KafkaDecoder.SegmentOf(_options.Topic, partition.Partition);
        if (start.Segment.Length == 0 || start.Segment == segment) return;
        throw new StreamForgeException(
            ErrorKind.Conflict, $"source {Name}: the position that is kept is one of {start.Segment}, and the source reads {segment}; put the topic back, or start with an empty data directory");
    }
}
