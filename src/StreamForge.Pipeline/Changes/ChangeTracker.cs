using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// Turns a partition's change events into rows that add and rows that take out, so that adding up all rows that have come gives the table as it is. It stands between decoding and the step that gives rows their time.
/// <para>
/// An event that has come before is left out (<see cref="StreamProgress"/>). Of the others, a create or a snapshot read adds its image, an update takes out the image that it replaces and adds its own, a delete takes out, a truncate takes
/// out everything. Where the replaced image comes from is the pipeline's choice:
/// </para>
/// <list type="bullet">
/// <item><c>before: full</c>: from the event (<see cref="SentImages"/>). Nothing is stored, and nothing can be put right: an event that does not bring what it replaces stops the pipeline, as do rows
/// that are read a second time, and truncates. There is never a wrong number.</item>
/// <item><c>before: stored</c>: from what was stored when it came, by primary key (<see cref="StoredImages"/>). Whatever the event says of the past is not looked at. What is missing nevertheless is an orphan: it changes
/// nothing, is written to the ledger, and degrades the views.</item>
/// </list>
/// Pure but for its own memory and the store's; used by one thread at a time. An exception leaves it in no state to go on.
/// </summary>
public sealed class ChangeTracker
{
    private readonly PartitionId _partition;
    private readonly int _eventTime;
    private readonly ImageCodec _codec;
    private readonly ulong _columns;
    private readonly IBeforeImages _before;
    private readonly SortedDictionary<int, StreamProgress> _streams = [];
    private readonly ArrayBufferWriter<byte> _hashed = new(256);
    private SourceBatch? _read;
    private Column[] _imageColumns = [];

    /// <param name="source">The source, which is a changelog.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="partitions">How many partitions the source has.</param>
    /// <param name="images">The store, for <c>before: stored</c>; else null.</param>
    /// <param name="state">What <see cref="Save"/> gave at the checkpoint that is continued; null to begin.</param>
    public ChangeTracker(SourcePlan source, PartitionId partition, int partitions, IImageStore? images, string? state = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        _partition = partition;
        _eventTime = source.EventTimeColumn;
        _codec = new ImageCodec(source.Columns);
        var saved = state is null ? null : TrackerState.Parse(state);
        _columns = XxHash64.Hash(Encoding.UTF8.GetBytes(string.Join(", ", source.Columns.Fields.Select(static f => $"{f.Name} {f.Type}"))));
        // Under a definition that reads other columns, the images of what was applied are other ones.
        var isSame = saved is null || saved.Columns == _columns;
        _before = images is null ? new SentImages() : new StoredImages(images, _codec, partitions, isSame ? saved?.Departed : null);
        foreach (var stream in saved?.Streams ?? []) _streams.Add(stream.Stream, StreamProgress.Restore(stream, isSame));
    }

    /// <summary>What must be in a checkpoint besides the images.</summary>
    public string Save() => new TrackerState([.. _streams.Select(s => s.Value.Save(s.Key))], _before.Departed) { Columns = _columns }.Serialize();

    /// <summary>Whether a first snapshot is being read, so that the partition's watermark is held.</summary>
    public bool IsHeld => _streams.Count > 0 && _streams.Values.All(s => s.Phase == StreamPhase.Snapshot);

    /// <summary>Takes in one read, which stays the caller's and must outlive the result.</summary>
    /// <exception cref="StreamForgeException">DataLoss when no right result is possible, with the place and the remedies.</exception>
    public TrackedChanges Track(SourceBatch read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var changes = read.Changes ?? throw new ArgumentException("The read is not one of a changelog.", nameof(read));
        _read = read;
        _imageColumns = [.. read.Batch.Columns.ToArray().Where((_, i) => !changes.RecordColumns.Contains(i))];
        var work = new TrackedRead(read, changes, new ImageRowsBuilder(read, _codec), _partition, _eventTime);
        for (var i = 0; i < changes.Events.Count; i++) Take(work, changes.Events[i], i);
        foreach (var stream in _streams.Values) stream.EndRead(Hash);
        _read = null;
        _imageColumns = [];
        var (batch, events, held) = work.Rows.Build(changes.Events);
        return new TrackedChanges(batch, events)
        {
            Held = held,
            Orphans = work.Orphans,
            Changes = work.Changes,
            PassedOver = work.PassedOver,
            Duplicates = work.Duplicates,
            Truncates = work.Truncates,
            Undecodable = work.Undecodable,
        };
    }

    private void Take(TrackedRead work, ChangeEvent change, int index)
    {
        if (!_streams.TryGetValue(change.Stream, out var stream)) _streams.Add(change.Stream, stream = new StreamProgress());
        var arrival = stream.Take(change, index, Hash, KeyHash);
        var context = new ChangeContext(change, index, arrival, stream.Generation, _streams.Count);
        var endedBefore = stream.HasEndedAgain && change.Snapshot == SnapshotPhase.None;
        if (endedBefore) _before.EndSnapshot(work, context);
        var rows = work.Rows.Count;
        switch (change.Kind)
        {
            case ChangeKind.Other:
                work.PassedOver++;
                break;
            case ChangeKind.Tombstone:
                if (arrival != Arrival.Duplicate && _before.Tombstone(work, context)) work.Changes++;
                else work.PassedOver++;
                break;
            default:
                work.Changes++;
                if (change is { After: < 0, Kind: ChangeKind.Create or ChangeKind.Read or ChangeKind.Update }) work.Undecodable++;
                if (arrival == Arrival.Duplicate) work.Duplicates++;
                else Apply(work, context);
                break;
        }
        // What comes before the first snapshot has ended is a part of it as far as time goes: a row that is read once more, a tombstone.
        if ((arrival == Arrival.FirstSnapshot || stream.Phase == StreamPhase.Snapshot) && work.Rows.Count > rows) work.Rows.Hold(rows);
        if (stream.HasEndedAgain && !endedBefore) _before.EndSnapshot(work, context);
    }

    private void Apply(TrackedRead work, in ChangeContext context)
    {
        switch (context.Change.Kind)
        {
            case ChangeKind.Update: _before.Update(work, context); break;
            case ChangeKind.Delete: _before.Delete(work, context); break;
            case ChangeKind.Truncate:
                work.Truncates++;
                _before.Truncate(work, context);
                break;
            default: _before.Add(work, context, context.Change.Kind == ChangeKind.Read ? ChangeOp.Read : ChangeOp.Create); break;
        }
    }

    private ulong? KeyHash(int index) => _read!.Changes!.Keys is var keys && keys.IsNull(index) ? null : XxHash64.Hash(keys[index]);

    /// <summary>Key and op of an event of the present read in the upper half, its images in the lower one; nothing of its record, as one that is sent again has another offset.</summary>
    private ulong Hash(int index)
    {
        var changes = _read!.Changes!;
        var change = changes.Events[index];
        _hashed.ResetWrittenCount();
        _hashed.Write([(byte)change.Kind, change.Before < 0 ? (byte)0 : (byte)1, change.After < 0 ? (byte)0 : (byte)1]);
        var key = changes.Keys[index];
        var length = key.Length;
        _hashed.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
        _hashed.Write(key);
        var keyAndOp = XxHash64.Hash(_hashed.WrittenSpan);
        if (change.Before >= 0) _codec.WriteValues(_hashed, _imageColumns, change.Before);
        if (change.After >= 0) _codec.WriteValues(_hashed, _imageColumns, change.After);
        return (keyAndOp & StreamProgress.KeyAndOp) | (XxHash64.Hash(_hashed.WrittenSpan) & ~StreamProgress.KeyAndOp);
    }
}

/// <summary>An event and what is known of it.</summary>
/// <param name="Index">In the read.</param>
/// <param name="Generation">Of its stream.</param>
/// <param name="Streams">How many streams the partition has so far.</param>
internal readonly record struct ChangeContext(ChangeEvent Change, int Index, Arrival Arrival, int Generation, int Streams);

/// <summary>Where the images that changes replace come from.</summary>
internal interface IBeforeImages
{
    /// <summary>See <see cref="DepartedRow"/>.</summary>
    DepartedRow? Departed { get; }

    /// <summary>A row is there, by a create or a snapshot.</summary>
    void Add(TrackedRead read, in ChangeContext context, ChangeOp op);

    void Update(TrackedRead read, in ChangeContext context);

    void Delete(TrackedRead read, in ChangeContext context);

    void Truncate(TrackedRead read, in ChangeContext context);

    /// <returns>Whether it was a delete.</returns>
    bool Tombstone(TrackedRead read, in ChangeContext context);

    /// <summary>A further snapshot of the stream has ended.</summary>
    void EndSnapshot(TrackedRead read, in ChangeContext context);
}

/// <summary>What comes of one read while it is taken in.</summary>
internal sealed class TrackedRead(SourceBatch read, ChangeEvents changes, ImageRowsBuilder rows, PartitionId partition, int eventTime)
{
    private int _unavailable;
    private int[] _missing = [];

    public ImageRowsBuilder Rows => rows;

    /// <summary>The read's columns.</summary>
    public ReadOnlySpan<Column> Columns => read.Batch.Columns;

    public List<(int Event, LateRecord Record)> Orphans { get; } = [];

    public int Changes { get; set; }

    public int PassedOver { get; set; }

    public int Duplicates { get; set; }

    public int Truncates { get; set; }

    public int Undecodable { get; set; }

    public string Position(in ChangeContext context) => read.Batch.Origin.Describe(context.Change.Position);

    /// <summary>The primary key; null where the event has none.</summary>
    public bool TryKey(in ChangeContext context, out ReadOnlySpan<byte> key)
    {
        key = changes.Keys[context.Index];
        return !changes.Keys.IsNull(context.Index);
    }

    /// <summary>The columns of a row whose values were not sent, valid until the next call. Rows are asked for in ascending order.</summary>
    public ReadOnlySpan<int> Missing(int row)
    {
        var all = changes.Unavailable;
        while (_unavailable < all.Count && all[_unavailable].Row < row) _unavailable++;
        var end = _unavailable;
        while (end < all.Count && all[end].Row == row) end++;
        var count = end - _unavailable;
        if (count == 0) return [];
        if (_missing.Length < count) _missing = new int[count];
        for (var i = 0; i < count; i++) _missing[i] = all[_unavailable + i].Column;
        return _missing.AsSpan(0, count);
    }

    public string Names(ReadOnlySpan<int> columns)
    {
        var names = new List<string>();
        foreach (var column in columns) names.Add(read.Batch.Schema[column].Name);
        return string.Join(", ", names);
    }

    public void AddOrphan(in ChangeContext context, string reason, byte[]? image = null)
    {
        var raw = changes.Raw[context.Index];
        Orphans.Add((context.Index, new LateRecord(partition, Position(context), TimeOf(context.Change), EventTime.MinValue, ImmutableArray<string>.Empty, image ?? raw[..Math.Min(raw.Length, DeadLetter.MaxRawBytes)].ToArray())
        {
            Reason = "orphan: " + reason,
        }));
    }

    private long TimeOf(in ChangeEvent change)
    {
        var row = change.After >= 0 ? change.After : change.Before;
        var times = (Int64Column)read.Batch[eventTime];
        return row < 0 || times.IsNull(row) ? EventTime.MinValue : times[row];
    }

    /// <summary>The pipeline cannot go on with a right result.</summary>
    public StreamForgeException Stop(in ChangeContext context, string sentence) =>
        new(ErrorKind.DataLoss, $"{partition} at {Position(context)}: {sentence}");
}
