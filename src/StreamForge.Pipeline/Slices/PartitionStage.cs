using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Lateness;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// The way of a partition's events from decoded columns to slices: event time and watermark, transformations, expectations, then per view the key, the windows that are
/// missed, and the order by key group. Pure but for its own memory of how far time and the row numbers have come; one thread at a time.
/// <para>
/// The watermark is carried row by row, so that what is late does not depend on how events were cut into batches: an event is judged by the watermark that the
/// events before it have made. How far the other partitions are, <see cref="IWatermarkBounds"/> says.
/// </para>
/// </summary>
public sealed class PartitionStage
{
    private readonly PipelinePlan _plan;
    private readonly SourcePlan _source;
    private readonly IWatermarkBounds _watermark;
    private readonly int _index;
    private readonly ViewSlicer[] _slicers;
    private readonly EvaluationContext _context;
    private readonly TimeProvider _clock;
    private readonly ChangeTracker? _tracker;
    private readonly RefusedRows _refused;
    private readonly ChangeTimes _changeTimes;
    private long _rows;
    private long _newest;
    private long _own;

    /// <param name="plan">The pipeline.</param>
    /// <param name="source">The source that the partition belongs to.</param>
    /// <param name="index">The partition's index among all partitions of the pipeline; below 32,768.</param>
    /// <param name="shards">How many shards slices are cut for.</param>
    /// <param name="watermark">What events are judged by besides their own partition's time, and where the stage says how far that is.</param>
    /// <param name="clock">For ingest times and SQL's NOW.</param>
    /// <param name="state">What <see cref="State"/> was at the checkpoint that is continued.</param>
    /// <param name="changes">What the partition of a changelog needs besides; null for a source that only appends.</param>
    public PartitionStage(
        PipelinePlan plan, SourcePlan source, int index, int shards, IWatermarkBounds watermark, TimeProvider clock, StageState state, ChangelogPartition? changes = null)
    {
        _plan = plan;
        _source = source;
        _index = index;
        _watermark = watermark;
        _clock = clock;
        _context = new EvaluationContext(clock);
        var saved = ChangelogState.Parse(state.Changes);
        _slicers = [.. source.Views.Select(v => new ViewSlicer(v, plan.Views[v], shards, _context, new RefusedRows(saved.Refused.GetValueOrDefault(plan.Views[v].Name))))];
        _rows = state.Rows;
        _newest = state.NewestEvent;
        _own = state.Own;
        _refused = new RefusedRows(saved.Refused.GetValueOrDefault(""));
        _changeTimes = new ChangeTimes(source.EventTimeColumn, source.Columns[source.EventTimeColumn].Name, source.Definition.Watermark.OutOfOrderness, _refused);
        if (changes is not null) _tracker = new ChangeTracker(source, changes.Partition, changes.Partitions, changes.Images, saved.Tracker);
    }

    /// <summary>What must be in a checkpoint to go on exactly here.</summary>
    public StageState State => new(_rows, _newest) { Own = _own, Changes = _tracker is null ? null : SaveChanges(_tracker) };

    private string SaveChanges(ChangeTracker tracker)
    {
        var refused = new SortedDictionary<string, SortedDictionary<ulong, int>>(StringComparer.Ordinal);
        if (_refused.Counts.Count > 0) refused[""] = _refused.Counts;
        foreach (var slicer in _slicers.Where(s => s.Refused.Counts.Count > 0)) refused[slicer.Plan.Name] = slicer.Refused.Counts;
        return new ChangelogState(tracker.Save(), refused).Serialize();
    }

    /// <summary>The newest event time seen, any thread; <see cref="EventTime.MinValue"/> before the first.</summary>
    public long NewestEvent => Volatile.Read(ref _newest);

    /// <summary>Processes one read. The read stays the caller's to dispose.</summary>
    /// <exception cref="StreamForgeException">DataLoss when an event cannot be taken in and the source says <c>on_error: fail</c>.</exception>
    public StageResult Process(SourceBatch read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var result = new StageResult
        {
            Events = read.Batch.Count + read.DeadLetters.Count,
            PassedOver = read.PassedOver,
            Nodes = new NodeCount[_source.Transformations.Length + 1],
            Views = new NodeCount[_slicers.Length],
        };
        result.DeadLetters.AddRange(read.DeadLetters);
        var faults = new RowFaults(read.Changes?.Raw ?? read.Raw, read.Batch.Origin, OrderOf(_rows), result.DeadLetters);
        var limit = TimeLimit.At(_clock, _source.Definition.Watermark.MaxFuture);
        if (read.Changes is { } changes)
        {
            Compute(TakeChanges(read, limit, faults, result), limit, faults, result);
            _rows += changes.Events.Count;
        }
        else
        {
            Compute(TakeInTime(read.Batch, limit, faults), limit, faults, result);
            _rows += read.Batch.Count;
        }
        if (_source.Definition.OnError == OnError.Fail && result.DeadLetters.Count > 0) throw Failed(result);
        return result;
    }

    /// <summary>What comes of rows that have their times; takes the batch over.</summary>
    private void Compute(ColumnBatch rows, TimeLimit limit, RowFaults faults, StageResult result)
    {
        var late = new LateRows(faults);
        var nodes = new ColumnBatch?[_source.Transformations.Length + 1];
        nodes[0] = rows;
        result.Nodes[0] = new NodeCount(Added(rows), result.DeadLetters.Count);
        for (var i = 1; i < nodes.Length; i++)
        {
            var before = result.DeadLetters.Count;
            nodes[i] = Transform(_source.Transformations[i - 1], nodes, faults, result);
            result.Nodes[i] = new NodeCount(Added(nodes[i]!), result.DeadLetters.Count - before);
        }
        for (var i = 0; i < _slicers.Length; i++)
        {
            var before = result.DeadLetters.Count;
            var counts = new SliceCounts();
            var slice = _slicers[i].Slice(nodes[_slicers[i].Plan.Node]!, _tracker is not null, limit, faults, late, result, counts);
            if (slice is not null) result.Slices.Add(slice);
            result.Views[i] = new NodeCount(counts.Rows, result.DeadLetters.Count - before, counts.Missed, counts.Expired);
        }
        foreach (var sink in _source.Sinks)
        {
            var batch = nodes[_plan.Sinks[sink].Node]!;
            if (batch.Count == 0) continue;
            result.SinkBatches.Add((sink, ForSinks(batch)));
        }
        result.Rows = result.Nodes[^1].Rows;
        late.Flush(result.Late);
        foreach (var node in nodes) node!.Release();
    }

    private int Added(ColumnBatch batch) => _tracker is null ? batch.Count : SinkImages.Added(batch);

    private ColumnBatch ForSinks(ColumnBatch batch)
    {
        if (_tracker is not null) return SinkImages.Of(batch);
        batch.Retain();
        return batch;
    }

    /// <summary>Makes image rows of a changelog's events and gives them their times. The result has one reference.</summary>
    private ColumnBatch TakeChanges(SourceBatch read, TimeLimit limit, RowFaults faults, StageResult result)
    {
        if (_tracker is null) throw new StreamForgeException(ErrorKind.NotSupported, $"the source {_source.Name} is a changelog, which is not supported here yet");
        using var tracked = _tracker.Track(read);
        // An event of which the image after it alone cannot be decoded is a dead letter, and an event all the same.
        result.Events = tracked.Changes + read.DeadLetters.Count - tracked.Undecodable;
        result.PassedOver = tracked.PassedOver;
        result.Duplicates = tracked.Duplicates;
        result.Truncates = tracked.Truncates;
        result.Orphans = tracked.Orphans.Count;
        var batch = _changeTimes.Take(tracked, OrderOf(_rows), ref _newest, ref _own, (position, own) => _watermark.BoundsFor(_index, position, own), limit, faults, result.Late);
        // What has ended the snapshot may have been its last row, or an event without a row: no further row need come to let time go on.
        if (!_tracker.IsHeld) _own = Math.Max(_own, Own(_source.Definition.Watermark.OutOfOrderness));
        _watermark.Advance(_index, _own);
        return batch;
    }

    private long OrderOf(long row) => ((long)_index << 48) | row;

    /// <summary>Fills in times, watermarks and orders; drops rows without a time or from the future. The result has one reference.</summary>
    private ColumnBatch TakeInTime(ColumnBatch batch, TimeLimit limit, RowFaults faults)
    {
        var headers = batch.Headers;
        var times = (Int64Column)batch[_source.EventTimeColumn];
        var outOfOrderness = _source.Definition.Watermark.OutOfOrderness;
        var positions = headers.Positions;
        var bounds = _watermark.BoundsFor(_index, batch.Count > 0 ? positions[0] : 0, Own(outOfOrderness));
        List<int>? dropped = null;
        for (var row = 0; row < batch.Count; row++)
        {
            headers.Orders[row] = OrderOf(_rows + row);
            if (positions[row] >= bounds.Until) bounds = _watermark.BoundsFor(_index, positions[row], Own(outOfOrderness));
            var time = times.IsNull(row) ? EventTime.MinValue : times[row];
            headers.EventTimes[row] = time;
            if (time == EventTime.MinValue || time > limit.Latest)
            {
                (dropped ??= []).Add(row);
                continue;
            }
            headers.Watermarks[row] = bounds.Judge(Own(outOfOrderness));
            if (_newest == EventTime.MinValue || time > _newest) _newest = time;
        }
        if (_newest != EventTime.MinValue) _watermark.Advance(_index, Own(outOfOrderness));
        if (dropped is null)
        {
            batch.Retain();
            return batch;
        }
        foreach (var row in dropped)
        {
            faults.Add(batch, row, times.IsNull(row)
                ? $"it lacks its event time, {_source.Columns[_source.EventTimeColumn].Name}"
                : limit.Reason(times[row]));
        }
        return batch.Gather([.. Enumerable.Range(0, batch.Count).Except(dropped)]);
    }

    private long Own(long outOfOrderness) => _newest == EventTime.MinValue ? EventTime.MinValue : EventTime.SaturatingSubtract(_newest, outOfOrderness);

    private ColumnBatch Transform(TransformationPlan plan, ColumnBatch?[] nodes, RowFaults faults, StageResult result)
    {
        var input = nodes[plan.Input]!;
        var output = plan.Query.Execute(input, _context, faults.Errors);
        faults.Flush(input, $"transformation {plan.Name}");
        foreach (var expectation in plan.Expectations) output = Expect(plan, expectation, output, faults, result);
        return output;
    }

    /// <summary>Checks an expectation; a null condition is one that is not met. Takes over the batch and returns what is left of it.</summary>
    private ColumnBatch Expect(TransformationPlan plan, ExpectationPlan expectation, ColumnBatch batch, RowFaults faults, StageResult result)
    {
        var met = (BooleanColumn)expectation.Condition.Evaluate(batch, _context, faults.Errors);
        var failing = new List<int>();
        for (var row = 0; row < batch.Count; row++)
        {
            if (met.IsNull(row) || met[row] == 0) failing.Add(row);
        }
        met.Release();
        faults.Flush(batch, $"transformation {plan.Name}, expectation {expectation.Definition.Condition}");
        if (failing.Count == 0) return batch;
        if (!expectation.Definition.Must)
        {
            result.Unexpected += failing.Count(row => !((ChangeOp)batch.Headers.Ops[row]).Retracts());
            return batch;
        }
        foreach (var row in failing) faults.Add(batch, row, $"transformation {plan.Name}: it fails the expectation {expectation.Definition.Condition}");
        var kept = batch.Gather([.. Enumerable.Range(0, batch.Count).Except(failing)]);
        batch.Release();
        return kept;
    }

    private static StreamForgeException Failed(StageResult result)
    {
        var first = result.DeadLetters[0];
        foreach (var slice in result.Slices) slice.Abandon();
        foreach (var (_, batch) in result.SinkBatches) batch.Release();
        return new StreamForgeException(ErrorKind.DataLoss, $"{first.Partition} at {first.Position}: {first.Reason} (on_error: fail)");
    }
}

/// <summary>How far a partition's stage has come.</summary>
/// <param name="Rows">Decoded rows so far; of a changelog, events.</param>
/// <param name="NewestEvent">The newest event time seen; <see cref="EventTime.MinValue"/> before the first.</param>
public sealed record StageState(long Rows, long NewestEvent)
{
    /// <summary>Of a changelog: the partition's own watermark, which a snapshot holds; <see cref="EventTime.MinValue"/> before there is one.</summary>
    public long Own { get; init; } = EventTime.MinValue;

    /// <summary>Of a changelog: what is known of its events, as a text of its own format. Images are not part of it.</summary>
    public string? Changes { get; init; }

    public static StageState Start { get; } = new(0, EventTime.MinValue);
}

/// <summary>What the stage of a changelog's partition needs besides.</summary>
/// <param name="Partitions">How many partitions the source has.</param>
/// <param name="Images">Where images are stored; null where events bring their own (<c>before: full</c>).</param>
public sealed record ChangelogPartition(PartitionId Partition, int Partitions, IImageStore? Images);
