using StreamForge.Core;
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
    private long _rows;
    private long _newest;

    /// <param name="plan">The pipeline.</param>
    /// <param name="source">The source that the partition belongs to.</param>
    /// <param name="index">The partition's index among all partitions of the pipeline; below 32,768.</param>
    /// <param name="shards">How many shards slices are cut for.</param>
    /// <param name="watermark">What events are judged by besides their own partition's time, and where the stage says how far that is.</param>
    /// <param name="clock">For ingest times and SQL's NOW.</param>
    /// <param name="state">What <see cref="State"/> was at the checkpoint that is continued.</param>
    public PartitionStage(PipelinePlan plan, SourcePlan source, int index, int shards, IWatermarkBounds watermark, TimeProvider clock, StageState state)
    {
        _plan = plan;
        _source = source;
        _index = index;
        _watermark = watermark;
        _clock = clock;
        _context = new EvaluationContext(clock);
        _slicers = [.. source.Views.Select(v => new ViewSlicer(v, plan.Views[v], shards, _context))];
        _rows = state.Rows;
        _newest = state.NewestEvent;
    }

    /// <summary>What must be in a checkpoint to go on exactly here.</summary>
    public StageState State => new(_rows, _newest);

    /// <summary>The newest event time seen, any thread; <see cref="EventTime.MinValue"/> before the first.</summary>
    public long NewestEvent => Volatile.Read(ref _newest);

    /// <summary>Processes one read. The read stays the caller's to dispose.</summary>
    /// <exception cref="StreamForgeException">DataLoss when an event cannot be taken in and the source says <c>on_error: fail</c>.</exception>
    public StageResult Process(SourceBatch read)
    {
        var result = new StageResult
        {
            Events = read.Batch.Count + read.DeadLetters.Count,
            PassedOver = read.PassedOver,
            Nodes = new NodeCount[_source.Transformations.Length + 1],
            Views = new NodeCount[_slicers.Length],
        };
        result.DeadLetters.AddRange(read.DeadLetters);
        var faults = new RowFaults(read, OrderOf(_rows), result.DeadLetters);
        var late = new LateRows(faults);
        var nodes = new ColumnBatch?[_source.Transformations.Length + 1];
        var limit = TimeLimit.At(_clock, _source.Definition.Watermark.MaxFuture);
        nodes[0] = TakeInTime(read.Batch, limit, faults);
        result.Nodes[0] = new NodeCount(nodes[0]!.Count, result.DeadLetters.Count);
        for (var i = 1; i < nodes.Length; i++)
        {
            var before = result.DeadLetters.Count;
            nodes[i] = Transform(_source.Transformations[i - 1], nodes, faults, result);
            result.Nodes[i] = new NodeCount(nodes[i]!.Count, result.DeadLetters.Count - before);
        }
        for (var i = 0; i < _slicers.Length; i++)
        {
            var before = result.DeadLetters.Count;
            var slice = _slicers[i].Slice(nodes[_slicers[i].Plan.Node]!, limit, faults, late, result, out var missed);
            if (slice is not null) result.Slices.Add(slice);
            result.Views[i] = new NodeCount(slice?.Count ?? 0, result.DeadLetters.Count - before, missed);
        }
        foreach (var sink in _source.Sinks)
        {
            var batch = nodes[_plan.Sinks[sink].Node]!;
            if (batch.Count == 0) continue;
            batch.Retain();
            result.SinkBatches.Add((sink, batch));
        }
        result.Rows = nodes[^1]!.Count;
        late.Flush(result.Late);
        foreach (var node in nodes) node!.Release();
        _rows += read.Batch.Count;
        if (_source.Definition.OnError == OnError.Fail && result.DeadLetters.Count > 0) throw Failed(result);
        return result;
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
            result.Unexpected += failing.Count;
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
/// <param name="Rows">Decoded rows so far.</param>
/// <param name="NewestEvent">The newest event time seen; <see cref="EventTime.MinValue"/> before the first.</param>
public sealed record StageState(long Rows, long NewestEvent)
{
    public static StageState Start { get; } = new(0, EventTime.MinValue);
}
