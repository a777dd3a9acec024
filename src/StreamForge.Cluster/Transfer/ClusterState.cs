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
    private const string Kafka = "kafka";

    /// <summary>The header of a pipeline's state.</summary>
    /// <param name="records">All records of the pipeline.</param>
    /// <param name="waiting">Entries in the outbox.</param>
    /// <param name="durable">By index, the durable position of each partition, for <see cref="Portable"/>.</param>
    /// <param name="indexes">The index of each partition of the header.</param>
    /// <exception cref="StreamForgeException">Conflict when it is not at rest; NotFound when it has never run.</exception>
    public static StateHeader Header(string pipeline, IReadOnlyList<(string Name, StoredRecord Record)> records, long waiting, DateTimeOffset created, out ImmutableArray<long> durable, out ImmutableArray<int> indexes)
    {
        ArgumentNullException.ThrowIfNull(records);
        var byName = records.ToDictionary(static r => r.Name, static r => r.Record.Content, StringComparer.Ordinal);
        var definition = Read<DefinitionRecord>(byName, DefinitionRecord.Name);
        var order = Read<PipelineRecord>(byName, PipelineRecord.Name);
        if (definition is null || order is null) throw new StreamForgeException(ErrorKind.NotFound, $"the pipeline {pipeline} has never run in the cluster, so it has no state to export");
        if (order.Order != PipelineOrder.Stop) throw NotAtRest(pipeline, "it is running");
        var partitions = definition.Partitions.Select(p => Read<PartitionRecord>(byName, PartitionRecord.NameOf(p))).ToArray();
        durable = [.. partitions.Select(static p => p?.Durable ?? 0)];
        indexes = [.. partitions.Index().Where(static p => p.Item is not null).Select(static p => p.Index)];
        if (waiting > 0) throw NotAtRest(pipeline, $"{waiting:N0} batches of closed windows wait for their sinks");
        var sinks = definition.Kept.Sinks.Select(name => (Name: name, Record: Read<SinkRecord>(byName, SinkRecord.NameOf(name)))).ToArray();
        foreach (var (name, record) in sinks)
        {
            foreach (var (partition, position) in record?.Positions ?? ImmutableSortedDictionary<int, long>.Empty)
            {
                if (position > durable[partition]) throw NotAtRest(pipeline, $"the sink {name} is ahead of the partition {definition.Partitions[partition]}");
            }
        }
        var closedRows = sinks.Max(static s => s.Record?.ClosedRows) ?? 0;
        return new StateHeader(
            pipeline, Math.Max(1, sinks.Max(static s => s.Record?.Checkpoint) ?? 1), created, "cluster", order.Watermark,
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
            [.. definition.Kept.Views.Select(v => new StateView(v.Name, v.Fingerprint, v.Emits ? closedRows : null))],
            [.. sinks.Select(static s => new StateSink(s.Name, s.Record?.Pending))], ImmutableSortedDictionary<string, long>.Empty, null);
    }

    /// <summary>A stored key's state, and what is known of its windows (null when nothing is); null for both where only orphans have come for the key.</summary>
    /// <param name="durable">By index, the durable position of each partition.</param>
    /// <exception cref="StreamForgeException">Conflict when the pipeline is not at rest; Corrupt.</exception>
    public static (KeyRecord? Key, WindowsRecord? Windows) Portable(string pipeline, int view, byte[] content, long? due, ImmutableArray<long> durable)
    {
        var (state, positions, windows, _) = KeyContent.Read(content);
        foreach (var (partition, next) in positions.Entries)
        {
            if (partition >= durable.Length || next > durable[partition]) throw NotAtRest(pipeline, "a key is ahead of its partition");
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
        if (header.Views.FirstOrDefault(static v => v.Floors is { AreNone: false }) is { } begun)
            throw new StreamForgeException(ErrorKind.NotSupported, $"parts of the view {begun.Name} of {header.Pipeline} began over a changelog that had been read, and pass the rows from before by; that the cluster keeps from when on they count is not supported yet");
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
        var kept = new KeptDefinition(
            [.. header.Views.Select(static v => new KeptView(v.Name, v.Fingerprint, v.ClosedRows is not null))], [.. header.Sources.Select(static s => s.Name)], [.. header.Sinks.Select(static s => s.Name)]);
        yield return (DefinitionRecord.Name, RecordJson.Serialize(new DefinitionRecord(kept, partitions)));
        yield return (PipelineRecord.Name, RecordJson.Serialize(PipelineRecord.New with { Watermark = header.Watermark }));
        for (var i = 0; i < partitions.Length; i++)
        {
            var partition = header.Partitions[i];
            if (IsUnread(partition)) continue;
            var others = header.Partitions.Where((_, other) => other != i).Select(static p => p.Watermark ?? EventTime.MinValue).DefaultIfEmpty(long.MaxValue).Min();
            yield return (PartitionRecord.NameOf(partitions[i]), RecordJson.Serialize(new PartitionRecord(
                partition.Offset, partition.Rows, partition.NewestEvent, header.Watermark, [new BoundsEntry(partition.Offset, header.Watermark, others)], partition.Offset)
            {
                Own = partition.Changes is null ? EventTime.MinValue : partition.Watermark ?? EventTime.MinValue,
                Changes = partition.Changes,
                Images = partition.Images is { } images ? new ImageTotals(images.Rows, images.Bytes) : default,
                ImageColumns = partition.Images?.Columns,
            }));
        }
        var positions = header.Partitions.Index().Where(static p => !IsUnread(p.Item)).ToImmutableSortedDictionary(static p => p.Index, static p => p.Item.Offset);
        var closedRows = header.Views.Max(static v => v.ClosedRows) ?? 0;
        foreach (var sink in header.Sinks) yield return (SinkRecord.NameOf(sink.Name), RecordJson.Serialize(new SinkRecord(header.Checkpoint, sink.Pending, positions, closedRows)));
    }

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

    private static T? Read<T>(Dictionary<string, byte[]> records, string name) where T : class => records.TryGetValue(name, out var content) ? RecordJson.Deserialize<T>(name, content) : null;

    private static StreamForgeException NotAtRest(string pipeline, string why) => new(
        ErrorKind.Conflict, $"the state of {pipeline} cannot be exported now: {why}; stop the pipeline (POST /v1/pipelines/{pipeline}:stop at any silo), wait until its partitions are durable, and export again");
}
