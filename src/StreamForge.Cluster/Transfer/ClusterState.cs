using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Images;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Sinks;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;

namespace StreamForge.Cluster.Transfer;

/// <summary>
/// What the cluster keeps of a pipeline, as a portable state and back.
/// <para>
/// A pipeline's state is one when it has come to rest: everything before each partition's durable position is in its keys and sinks, and nothing after it. The first is always so; the second is what is checked, key
/// by key, by the positions that keys and sinks hold. Those positions are then not needed any more: whoever goes on reads from the partitions' positions.
/// </para>
/// <para>
/// Into the cluster, each partition's events to come are judged by at least the watermark that the pipeline had, which is also what decides which windows are final.
/// </para>
/// Pure.
/// </summary>
public static class ClusterState
{
    /// <summary>The only sources that the cluster reads.</summary>
    internal const string Kafka = "kafka";

    /// <summary>The header of a pipeline's state.</summary>
    /// <param name="waiting">Entries in the outbox.</param>
    /// <param name="use">What the state is wanted for.</param>
    /// <param name="indexes">The index of each partition of the header.</param>
    /// <exception cref="StreamForgeException">Conflict when it is not at rest.</exception>
    public static StateHeader Header(ClusterRecords records, long waiting, DateTimeOffset created, StateUse use, out ImmutableArray<int> indexes)
    {
        ArgumentNullException.ThrowIfNull(records);
        var (pipeline, definition, order, partitions, durable) = (records.Pipeline, records.Definition, records.Order, records.Partitions, records.Durable);
        if (use.NeedsStop && order.Order != PipelineOrder.Stop) throw NotAtRest(pipeline, "it is running", use);
        indexes = [.. partitions.Index().Where(static p => p.Item is not null).Select(static p => p.Index)];
        if (waiting > 0) throw NotAtRest(pipeline, $"{waiting:N0} batches of closed windows wait for their sinks", use);
        foreach (var (name, sink) in definition.Kept.Sinks.Zip(records.Sinks))
        {
            foreach (var (partition, position) in sink?.Positions ?? ImmutableSortedDictionary<int, long>.Empty)
            {
                if (position > durable[partition]) throw NotAtRest(pipeline, $"the sink {name} is ahead of the partition {definition.Partitions[partition]}", use);
            }
        }
        var closedRows = records.Sinks.Max(static s => s?.ClosedRows) ?? 0;
        return new StateHeader(
            pipeline, records.Checkpoint, created, "cluster", order.Watermark,
            [.. definition.Kept.Sources.Select(static s => new StateSource(s, Kafka))],
            [
                .. definition.Partitions.Zip(partitions).Where(static p => p.Second is not null)
                    .Select(static p => new StatePartition(
                        p.First.Source, p.First.Partition, "", p.Second!.Durable, PartitionCursor.Moved(0).State, p.Second.Rows, p.Second.NewestEvent, p.Second.Changes is null ? null : p.Second.Own, Finished: false)
                    {
                        Changes = p.Second.Changes,
                        Images = p.Second.ImageColumns is { } columns ? new StateImages(columns, p.Second.Images.Rows, p.Second.Images.Bytes) : null,
                    }),
            ],
            [
                .. definition.Kept.Views.Select(v => new StateView(v.Name, v.Fingerprint, v.Emits ? closedRows : null)
                {
                    Since = records.Nodes?.Since.GetValueOrDefault(v.Name) is { IsDefault: false } since ? since : [],
                    Floors = records.Nodes?.Floors.GetValueOrDefault(v.Name),
                }),
            ],
            [.. definition.Kept.Sinks.Zip(records.Sinks).Select(static s => new StateSink(s.First, s.Second?.Pending))], ImmutableSortedDictionary<string, long>.Empty, records.Nodes?.Entry);
    }

    /// <summary>A stored key's state, and what is known of its windows (null when nothing is); null for both where only orphans have come for the key.</summary>
    /// <param name="durable">By index, the durable position of each partition.</param>
    /// <param name="use">What the state is wanted for.</param>
    /// <exception cref="StreamForgeException">Conflict when the pipeline is not at rest; Corrupt.</exception>
    public static (KeyRecord? Key, WindowsRecord? Windows) Portable(string pipeline, int view, byte[] content, long? due, ImmutableArray<long> durable, StateUse use)
    {
        var (state, positions, windows, _) = KeyContent.Read(content);
        foreach (var (partition, next) in positions.Entries)
        {
            if (partition >= durable.Length || next > durable[partition]) throw NotAtRest(pipeline, "a key is ahead of its partition", use);
        }
        if (state.Length == 0) return (null, null);
        return (new KeyRecord(view, state), windows is not { Count: > 0 } ? null : new WindowsRecord(
            view, KeyState.KeyOf(state).ToArray(), due, [.. windows.All.Select(static w => new WindowState(w.Window, w.Start, w.Revision.Number, w.Revision.Digest, w.Revision.IsChanged))]));
    }

    /// <summary>Refuses a state that the cluster cannot go on with.</summary>
    /// <exception cref="StreamForgeException">InvalidArgument.</exception>
    public static void CheckFits(StateHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        foreach (var source in header.Sources)
        {
            if (source.Type != Kafka) throw new StreamForgeException(ErrorKind.InvalidArgument, $"the state of {header.Pipeline} cannot move into the cluster: its source {source.Name} is of type {source.Type}, and the cluster reads kafka");
        }
        foreach (var partition in header.Partitions)
        {
            if (IsUnread(partition) && CursorOf(partition) == PartitionCursor.Added)
                throw new StreamForgeException(ErrorKind.Conflict, $"the partition {partition.Source}/{partition.Partition} was added to its topic and has not been read yet; run the pipeline once more where it was, and export it again");
            if (partition.Offset < 0) throw new StreamForgeException(ErrorKind.Corrupt, $"the position of the partition {partition.Source}/{partition.Partition} in the state file is none of a kafka topic");
        }
    }

    private static PartitionCursor CursorOf(StatePartition partition) => new(partition.Segment, partition.Offset, partition.Cursor);

    /// <summary>Nothing of it has been read; where reading begins is for the definition to say.</summary>
    private static bool IsUnread(StatePartition partition) => partition.Segment.Length == 0 && !CursorOf(partition).IsMoved;

    /// <summary>The records of a pipeline that goes on with a state; it runs as soon as a silo does.</summary>
    public static IEnumerable<(string Name, byte[] Content)> Records(StateHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        var partitions = header.Partitions.Select(static p => new PartitionId(p.Source, p.Partition)).ToImmutableArray();
        yield return (DefinitionRecord.Name, RecordJson.Serialize(Definition(header, partitions)));
        yield return (PipelineRecord.Name, RecordJson.Serialize(PipelineRecord.New with { Watermark = header.Watermark }));
        if (header.Definition is not null)
            yield return (NodeDefinition.Name, new NodeDefinition("", ImmutableDictionary<string, ImmutableArray<NodeColumn>>.Empty, partitions) { Entry = header.Definition, Since = Since(header), Floors = Floors(header) }.Serialize());
        foreach (var partition in header.Partitions.Where(static p => !IsUnread(p)))
            yield return (PartitionRecord.NameOf(new PartitionId(partition.Source, partition.Partition)), RecordJson.Serialize(Partition(header, partition)));
        foreach (var sink in header.Sinks) yield return (SinkRecord.NameOf(sink.Name), RecordJson.Serialize(Sink(header, partitions, sink)));
    }

    /// <param name="partitions">All partitions by index, also those of which nothing has been read.</param>
    internal static DefinitionRecord Definition(StateHeader header, ImmutableArray<PartitionId> partitions) => new(
        new KeptDefinition([.. header.Views.Select(static v => new KeptView(v.Name, v.Fingerprint, v.ClosedRows is not null))], [.. header.Sources.Select(static s => s.Name)], [.. header.Sinks.Select(static s => s.Name)]),
        partitions)
    {
        Checkpoint = header.Checkpoint,
    };

    internal static ImmutableSortedDictionary<string, ViewFloors> Floors(StateHeader header) =>
        header.Views.Where(static v => v.Floors is { AreNone: false }).ToImmutableSortedDictionary(static v => v.Name, static v => v.Floors!, StringComparer.Ordinal);

    internal static ImmutableSortedDictionary<string, ImmutableArray<StateSince>> Since(StateHeader header) =>
        header.Views.Where(static v => v.Since.Length > 0).ToImmutableSortedDictionary(static v => v.Name, static v => v.Since, StringComparer.Ordinal);

    internal static PartitionRecord Partition(StateHeader header, StatePartition partition)
    {
        var others = header.Partitions.Where(other => other != partition).Select(static p => p.Watermark ?? EventTime.MinValue).DefaultIfEmpty(long.MaxValue).Min();
        return new PartitionRecord(
            partition.Offset, partition.Rows, partition.NewestEvent, header.Watermark, [new BoundsEntry(partition.Offset, header.Watermark, others)], partition.Offset)
        {
            Own = partition.Changes is null ? EventTime.MinValue : partition.Watermark ?? EventTime.MinValue,
            Changes = partition.Changes,
            Images = partition.Images is { } images ? new ImageTotals(images.Rows, images.Bytes) : default,
            ImageColumns = partition.Images?.Columns,
        };
    }

    internal static SinkRecord Sink(StateHeader header, ImmutableArray<PartitionId> partitions, StateSink sink) => new(
        header.Checkpoint, sink.Pending,
        header.Partitions.Where(static p => !IsUnread(p)).ToImmutableSortedDictionary(p => partitions.IndexOf(new PartitionId(p.Source, p.Partition)), static p => p.Offset),
        header.Views.Max(static v => v.ClosedRows) ?? 0);

    /// <summary>The canonical key of a state.</summary>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static byte[] KeyOf(KeyRecord key)
    {
        ArgumentNullException.ThrowIfNull(key);
        const int least = 32;
        try
        {
            if (key.State.Length >= least && KeyState.UsedBytes(key.State) == key.State.Length) return KeyState.KeyOf(key.State).ToArray();
        }
        catch (ArgumentOutOfRangeException)
        {
            // Said below.
        }
        throw new StreamForgeException(ErrorKind.Corrupt, "the state of a key in the state file is damaged; export the state again");
    }

    /// <summary>What storage keeps of a key.</summary>
    /// <param name="windows">What is known of its windows; null when nothing is.</param>
    public static (byte[] Content, long NewestEvent) Stored(StateHeader header, KeyRecord key, WindowsRecord? windows)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(key);
        var known = header.Views[key.View].ClosedRows is null
            ? null
            : KeyWindows.Of(header.Watermark, windows?.Windows.Select(static w => (w.Window, w.Start, new WindowRevision(w.Revision, w.Digest, w.IsChanged))) ?? []);
        return (KeyContent.Write(key.State, new PositionVector(), known, header.Watermark), KeyState.NewestOf(key.State));
    }

    /// <summary>An entry of a ledger with its place, which its line names.</summary>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static LedgerEntry Entry(LedgerRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        try
        {
            using var json = JsonDocument.Parse(record.Json);
            var root = json.RootElement;
            return new LedgerEntry(
                record.Ledger, new PartitionId(root.GetProperty("source").GetString()!, root.GetProperty("partition").GetInt32()),
                LedgerLines.OffsetOf(root.GetProperty("position").GetString()!), record.Json);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, $"an entry of a ledger in the state file names no place: {record.Json}", retryable: false, error);
        }
    }

    private static StreamForgeException NotAtRest(string pipeline, string why, StateUse use) => new(
        ErrorKind.Conflict, $"the state of {pipeline} cannot be {use.Done} now: {why}; {(use.NeedsStop ? "" : "start a node with the file that it ran, ")}stop the pipeline (POST /v1/pipelines/{pipeline}:stop at any silo), wait until its partitions are durable, {use.Again}");
}

/// <summary>What a state at rest is wanted for, in words.</summary>
/// <param name="NeedsStop">Whether the pipeline must have been stopped, as nodes may be alive meanwhile.</param>
public sealed record StateUse(string Done, string Again, bool NeedsStop)
{
    public static StateUse Export { get; } = new("exported", "and export again", NeedsStop: true);

    /// <summary>No node is alive, and whatever is left of one is fenced.</summary>
    public static StateUse Apply { get; } = new("moved to a changed definition", "end all nodes (SIGTERM), and apply again", NeedsStop: false);
}
