using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Checkpoints;

/// <summary>A partition in a checkpoint: where to go on, and what its stage knows.</summary>
/// <param name="Watermark">The partition's own watermark, microseconds.</param>
public sealed record PartitionCheckpoint(string Source, int Partition, string Segment, long Offset, string? State, long Rows, long NewestEvent, long Watermark, bool Finished)
{
    /// <summary>Where to go on, as people read it: <c>orders.csv:1024</c>.</summary>
    [JsonIgnore]
    public string Position => new BatchOrigin(new PartitionId(Source, Partition), Segment).Describe(Offset);

    /// <summary>The offset at which reading began, of a source that says so before its first event, as topics do; null when it is not known.</summary>
    public long? Began { get; init; }

    /// <summary>Of a changelog: what its stage knows of events (<see cref="Pipeline.Slices.StageState.Changes"/>).</summary>
    public string? Changes { get; init; }

    /// <summary>Of a changelog with stored images: where they are.</summary>
    public ImagesCheckpoint? Images { get; init; }
}

/// <summary>The stored images of a partition in a checkpoint: the file of its image log that counts, and how far.</summary>
/// <param name="Digest">Of the records up to there.</param>
/// <param name="Bytes">Of keys and images.</param>
public sealed record ImagesCheckpoint(long File, long Length, ulong Digest, long Rows, long Bytes)
{
    /// <summary>The columns that an image has, as <c>name type</c> in order; a definition that reads others cannot go on with them.</summary>
    public string Columns { get; init; } = "";
}

/// <summary>A view in a checkpoint. Its number in the list is the number that its states carry in the state file.</summary>
/// <param name="ClosedRows">The number of the next row of closed windows, the largest of any shard; null when no sink takes the view's windows.</param>
public sealed record ViewCheckpoint(string Name, ImmutableArray<string> Fingerprint, long? ClosedRows = null)
{
    /// <summary>From when on features count that have not counted since the log's beginning.</summary>
    public ImmutableArray<SinceCheckpoint> Since { get; init; } = [];

    /// <summary>From which moment on its parts count rows of a changelog; null for all.</summary>
    public ViewFloors? Floors { get; init; }

    /// <summary>What state of a view is kept with.</summary>
    public static ViewCheckpoint Of(ViewPlan view) =>
        new(view.Name, view.Fingerprint)
        {
            Since = [.. PlanSince.Of(view).Select(static s => new SinceCheckpoint(s.Key, s.Value.Time, s.Value.WholeFrom, s.Value.Positions))],
            Floors = view.Floors,
        };
}

/// <summary>See <see cref="FeatureSince"/>.</summary>
public sealed record SinceCheckpoint(string Feature, long Time, long? WholeFrom, ImmutableArray<string> Positions);

/// <summary>The late events that have been put right.</summary>
/// <param name="Records">Their numbers in the late ledger, from 0.</param>
/// <param name="Rows">Rows of corrected windows that sinks have been given.</param>
public sealed record LateReplayCheckpoint(ImmutableArray<long> Records, long Rows);

/// <summary>A ledger's durable length in bytes and records.</summary>
public sealed record LedgerCheckpoint(long Bytes, long Records);

/// <summary>A sink's commit that belongs to this checkpoint; null when there was nothing to commit.</summary>
public sealed record SinkCheckpoint(string Name, string? Pending);

/// <summary>
/// Everything that a checkpoint is, but for the key states, which are in the files of <paramref name="States"/>. It is published by renaming one file: that rename is the
/// commit point. The file is one line of JSON and a line with its XXH64, so that a torn or damaged one is noticed.
/// </summary>
/// <param name="States">The files that the states are in, in the order in which they are read; see <see cref="StatePart"/>.</param>
/// <param name="StateRecords">Key states in all, each counted once.</param>
public sealed record CheckpointManifest(
    int Format,
    string Pipeline,
    long Id,
    DateTimeOffset Created,
    long Watermark,
    ImmutableArray<PartitionCheckpoint> Partitions,
    ImmutableArray<ViewCheckpoint> Views,
    ImmutableArray<StatePart> States,
    long StateRecords,
    LedgerCheckpoint DeadLetters,
    LedgerCheckpoint Late,
    ImmutableArray<SinkCheckpoint> Sinks,
    ImmutableDictionary<string, long> Counters)
{
    /// <summary>
    /// The catalog entry of the definition that the state was moved to by this checkpoint, as JSON; null for one that was taken while the pipeline ran. What moves state to a changed definition publishes both in one step, and then
    /// writes the catalog; should it die between, this is the definition that counts.
    /// </summary>
    public string? Definition { get; init; }

    /// <summary>The late events that have been put right.</summary>
    public LateReplayCheckpoint LateReplay { get; init; } = new([], 0);

    /// <summary>From when on features count, by view and feature.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, ImmutableSortedDictionary<string, FeatureSince>> Since => Views.ToDictionary(
        static v => v.Name, static v => v.Since.ToImmutableSortedDictionary(static s => s.Feature, static s => new FeatureSince(s.Time, s.WholeFrom, s.Positions), StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>A plan of the definition that the states were made by, with what is known of since when its features count and from when on its parts do.</summary>
    public PipelinePlan Restore(PipelinePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return PlanFloors.With(PlanSince.With(plan, Since), Views.Where(static v => v.Floors is not null).ToDictionary(static v => v.Name, static v => v.Floors!, StringComparer.Ordinal));
    }

    /// <summary>The version of the manifest and its state files. Version 1 had one state file, without removals.</summary>
    public const int CurrentFormat = 2;

    /// <summary>What differs in version 1.</summary>
    private sealed record FirstFormat(string StateFile, long StateBytes, long StateRecords);

    /// <summary>Bytes of all state files.</summary>
    [JsonIgnore]
    public long StateBytes => States.Sum(s => s.Bytes);

    /// <summary>Where a partition goes on, as people read it; null for one that it does not know.</summary>
    public string? PositionOf(string source, int partition) => Partitions.FirstOrDefault(p => p.Source == source && p.Partition == partition)?.Position;

    public byte[] Serialize()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this);
        var hash = XxHash64.Hash(json).ToString("x16", CultureInfo.InvariantCulture);
        return [.. json, (byte)'\n', .. Encoding.ASCII.GetBytes(hash), (byte)'\n'];
    }

    /// <summary>Reads a manifest; null when it is torn, damaged or of another format.</summary>
    public static CheckpointManifest? TryDeserialize(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0 || bytes.Length < end + 17) return null;
        var hash = XxHash64.Hash(bytes[..end]).ToString("x16", CultureInfo.InvariantCulture);
        if (Encoding.ASCII.GetString(bytes.Slice(end + 1, 16)) != hash) return null;
        var manifest = JsonSerializer.Deserialize<CheckpointManifest>(bytes[..end]);
        if (manifest?.Format != 1) return manifest?.Format == CurrentFormat ? manifest : null;
        var first = JsonSerializer.Deserialize<FirstFormat>(bytes[..end])!;
        return manifest with { Format = CurrentFormat, States = [new StatePart(first.StateFile, first.StateBytes, first.StateRecords)] };
    }
}
