using System.Buffers;
using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>
/// The engine's own parts, put together without disk and threads: an oracle's case is written as a pipeline file, planned, and its events go through stages and
/// stores in batches of any size.
/// </summary>
internal sealed class EngineCase
{
    private readonly OracleCase _case;
    private readonly PipelineWatermark _watermark;
    private readonly PartitionStage[] _stages;
    private readonly bool _emits;
    private readonly Queue<(StageResult Result, long Watermark)>[] _underWay;
    private readonly MemoryImageStore?[] _images;
    private KeyStore[][] _stores;

    /// <summary>The rows of closed windows in the order in which they came, as JSON.</summary>
    public List<string> Closed { get; } = [];

    /// <param name="emits">A sink takes the view's closed windows.</param>
    public EngineCase(OracleCase scenario, int shards, bool emits = false)
    {
        _emits = emits;
        _case = scenario;
        Plan = CasePipeline.Plan(scenario.View, emits);
        _stores = Recovery.NewStores(Plan, shards, emits ? scenario.View.Partitions : 0);
        _watermark = new PipelineWatermark(scenario.View.Partitions);
        _underWay = [.. Enumerable.Range(0, scenario.View.Partitions).Select(_ => new Queue<(StageResult, long)>())];
        _images = [.. Enumerable.Range(0, scenario.View.Partitions).Select(_ => scenario.View.Source == OracleSource.Stored ? new MemoryImageStore() : null)];
        _stages = Stages(shards, [.. Enumerable.Repeat(StageState.Start, scenario.View.Partitions)]);
    }

    public PipelinePlan Plan { get; }

    public ViewDescription View => Plan.Views[0].Description;

    public List<LateRecord> Late { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    /// <summary>Positions of changes that were to take out what is not there.</summary>
    public List<long> Orphans { get; } = [];

    public int Duplicates { get; private set; }

    /// <summary>Updates and deletes that met nothing but dropped tiles.</summary>
    public int Expired { get; private set; }

    public long Watermark => _watermark.Current;

    private PartitionStage[] Stages(int shards, StageState[] states) =>
        [.. states.Select((s, i) => new PartitionStage(Plan, Plan.Sources[0], i, shards, _watermark, TimeProvider.System, s, Changelog(i)))];

    private ChangelogPartition? Changelog(int partition) =>
        _case.View.Source == OracleSource.Append ? null : new(new PartitionId("s", partition), _case.View.Partitions, _images[partition]);

    /// <summary>Feeds all events, each batch of one partition, in the order of their arrival.</summary>
    /// <param name="arrived">Called now and then with the number of events that have been fed, when all of them have been applied; batches are short then.</param>
    public void Run(Random random, Action<int>? arrived = null)
    {
        for (var from = 0; from < _case.Length;)
        {
            var most = random.Next(1, arrived is null ? 40 : 8);
            var length = 1;
            while (length < most && from + length < _case.Length && _case.PartitionOf(from + length) == _case.PartitionOf(from)) length++;
            Signal(from);
            if (_case.Signals.Select(s => s.Before).Where(before => before > from).DefaultIfEmpty(int.MaxValue).Min() is var next && next - from < length) length = next - from;
            Feed(from, length);
            from += length;
            // Batches of several partitions may overtake one another on their way to the shards.
            while (_underWay.Sum(q => q.Count) > (_emits ? random.Next(4) : 0)) DeliverAny(random);
            if (random.Next(arrived is null ? 5 : 2) > 0) continue;
            if (arrived is not null) Signal(from);
            while (_underWay.Any(q => q.Count > 0)) DeliverAny(random);
            arrived?.Invoke(from);
            Move(random.Next(1, 5));
        }
        Signal(_case.Length);
        while (_underWay.Any(q => q.Count > 0)) DeliverAny(random);
    }

    /// <summary>Partitions that fall idle or finish here; shards hear of it behind the partition's batches.</summary>
    private void Signal(int before)
    {
        foreach (var signal in _case.Signals.Where(s => s.Before == before))
        {
            _watermark.Set(signal.Partition, signal.State == OraclePartitionState.Finished ? PartitionActivity.Finished : PartitionActivity.Idle);
            _underWay[signal.Partition].Enqueue((new StageResult(), _watermark.Current));
        }
    }

    private void Feed(int from, int length)
    {
        using var read = CaseBatch.Of(_case, Plan, from, length);
        var result = _stages[_case.PartitionOf(from)].Process(read);
        Late.AddRange(result.Late.Where(l => l.Reason is null));
        Orphans.AddRange(result.Late.Where(l => l.Reason is not null).Select(l => long.Parse(l.Position, CultureInfo.InvariantCulture)));
        Duplicates += result.Duplicates;
        Expired += result.Views.Sum(v => v.Expired);
        DeadLetters.AddRange(result.DeadLetters);
        _underWay[_case.PartitionOf(from)].Enqueue((result, _watermark.Current));
    }

    private void DeliverAny(Random random)
    {
        var waiting = Enumerable.Range(0, _underWay.Length).Where(p => _underWay[p].Count > 0).ToArray();
        var partition = waiting[random.Next(waiting.Length)];
        var (result, watermark) = _underWay[partition].Dequeue();
        foreach (var slice in result.Slices)
        {
            for (var shard = 0; shard < _stores.Length; shard++)
            {
                new ShardWorker(shard, _stores[shard], null, (_, rows) => Orphans.AddRange(rows.Select(o => slice.Positions[o.Row]))).Apply(slice);
            }
        }
        if (!_emits) return;
        foreach (var store in _stores) store[0].Closing!.Advance(partition, watermark, finished: false);
        Emit(all: false);
    }

    /// <summary>Emits what is due, or with <paramref name="all"/> everything that is open.</summary>
    public void Emit(bool all)
    {
        foreach (var store in _stores)
        {
            using var writer = new JsonRowWriter(Plan.Sinks[0].Schema);
            while (store[0].Closing!.Next(store[0], all) is { } batch)
            {
                var lines = new ArrayBufferWriter<byte>();
                writer.Write(batch, lines);
                Closed.AddRange(Encoding.UTF8.GetString(lines.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries));
                batch.Release();
            }
        }
    }

    /// <summary>Window instances that are still known of.</summary>
    public int KnownWindows => _stores.Sum(s => s[0].Closing!.Count);

    /// <summary>Takes the state over into another number of shards, by way of a snapshot, as a restart does.</summary>
    private void Move(int shards)
    {
        var moved = Recovery.NewStores(Plan, shards, _emits ? _case.View.Partitions : 0);
        foreach (var store in _stores)
        {
            foreach (var chunk in store[0].Closing?.Save() ?? []) ClosingWindows.Load(chunk, hash => moved[KeyGroup.Shard(KeyGroup.Of(hash), shards)][0].Closing!);
        }
        foreach (var store in moved) store[0].Closing?.Restore(_watermark.Current, _stores.Max(s => s[0].Closing!.Rows));
        using var room = new SemaphoreSlim(1000);
        foreach (var store in _stores)
        {
            foreach (var (_, saved) in SlabSnapshot.Read([store[0].BeginSnapshot(all: true, room, CancellationToken.None)]))
            {
                foreach (var state in saved)
                {
                    var hash = KeyGroup.Hash(Features.KeyState.KeyState.KeyOf(state));
                    moved[KeyGroup.Shard(KeyGroup.Of(hash), shards)][0].Restore(state, hash);
                }
            }
        }
        _stores = moved;
        var states = _stages.Select(s => s.State).ToArray();
        Stages(shards, states).CopyTo(_stages, 0);
    }

    public FeatureRow Read(string key, long? at)
    {
        var row = new FeatureRow();
        var canonical = KeyCodec.FromText(View.Entity, new Dictionary<string, string> { ["k"] = key });
        new ShardedFeatureReader(Plan, _stores, () => _watermark.Current, TimeProvider.System).Read(View, canonical, at, row);
        return row;
    }
}
