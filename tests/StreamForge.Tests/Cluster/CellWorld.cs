using System.Buffers;
using System.Text;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Cluster;

/// <summary>
/// Cells of one view under the protocol's rules and a schedule that means them ill: partitions overtake one another, slices come twice or in part, cells vanish with what they have not written, flushes are taken at any
/// moment, and partitions rewind. One thread, all of it from one seed.
/// </summary>
internal sealed class CellWorld : IDirtyCells
{
    private static readonly PlacementTable[] Placements =
        [.. Enumerable.Range(1, 3).Select(n => new PlacementTable([.. Enumerable.Range(0, n).Select(i => new SiloId($"silo-{i}"))]))];

    private readonly Random _random;
    private readonly Delivery[] _deliveries;
    private readonly Sender[] _senders;
    private readonly CellView _view;
    private readonly SliceCodec _codec;
    private readonly SliceCutter _cutter;
    private readonly Dictionary<KeyId, StoredKey> _stored = [];
    private readonly Dictionary<KeyId, FeatureCell> _active = [];
    private readonly HashSet<KeyId> _known = [];
    private readonly List<byte[]> _outbox = [];
    private readonly StateReader _reader = new(TimeProvider.System);
    private long _marks;

    /// <summary>A batch as its partition's stage made it.</summary>
    private sealed record Delivery(int Index, int Partition, ViewSlice? Slice, long Before, long After);

    /// <summary>How far a partition is, in numbers of its batches.</summary>
    private sealed class Sender(Delivery[] batches)
    {
        public Delivery[] Batches => batches;

        public int Next { get; set; }

        public int Durable { get; set; }

        public bool MustRewind { get; set; }

        /// <summary>By key: the batches not durable that brought it rows, and one past the last of these.</summary>
        public Dictionary<string, SortedDictionary<int, long>> Sent { get; } = [];

        public long Previous(string key, int batch, long next)
        {
            if (!Sent.TryGetValue(key, out var sent)) Sent.Add(key, sent = []);
            var previous = sent.Where(s => s.Key < batch).Select(s => s.Value).DefaultIfEmpty().Max();
            sent[batch] = next;
            return previous;
        }

        public void Rewind()
        {
            Next = Durable;
            Sent.Clear();
            MustRewind = false;
        }

        public void BecomeDurable()
        {
            Durable = Next;
            Sent.Clear();
        }
    }

    public CellWorld(OracleCase scenario, Random random, bool emits)
    {
        _random = random;
        Plan = CasePipeline.Plan(scenario.View, emits);
        _view = new CellView(Plan, 0, new SiloId("here"), this, new DueKeys());
        _codec = new SliceCodec(Plan.Views[0]);
        _cutter = new SliceCutter(Plan.Views[0], _codec);
        _deliveries = [.. Deliver(scenario)];
        _senders = [.. Enumerable.Range(0, scenario.View.Partitions).Select(p => new Sender([.. _deliveries.Where(d => d.Partition == p)]))];
    }

    public PipelinePlan Plan { get; }

    public long Watermark { get; private set; } = EventTime.MinValue;

    /// <summary>Rows of closed windows that are in the outbox, as JSON.</summary>
    public List<string> Closed { get; } = [];

    /// <summary>How often a key answered behind, for a test of the test.</summary>
    public int Behind { get; private set; }

    long IDirtyCells.Mark(FeatureCell cell, long marked) => ++_marks;

    private IEnumerable<Delivery> Deliver(OracleCase scenario)
    {
        var watermark = new PipelineWatermark(scenario.View.Partitions);
        var stages = Enumerable.Range(0, scenario.View.Partitions)
            .Select(i => new PartitionStage(Plan, Plan.Sources[0], i, shards: 1, watermark, TimeProvider.System, StageState.Start)).ToArray();
        for (int from = 0, index = 0; from < scenario.Length; index++)
        {
            var length = scenario.View.Partitions > 1 ? 1 : Math.Min(_random.Next(1, 40), scenario.Length - from);
            using var read = CaseBatch.Of(scenario, Plan, from, length);
            var before = watermark.Current;
            var result = stages[scenario.PartitionOf(from)].Process(read);
            yield return new Delivery(index, scenario.PartitionOf(from), result.Slices.SingleOrDefault(), before, watermark.Current);
            from += length;
        }
    }

    /// <summary>Runs until everything is applied and written.</summary>
    public void Run()
    {
        for (var steps = _deliveries.Length * 3; steps > 0; steps--) Step();
        while (_senders.Any(s => s.MustRewind || s.Next < s.Batches.Length)) Send(_senders[_random.Next(_senders.Length)], isKind: true);
        Flush(isKind: true);
        Advance();
        foreach (var id in _known) Cell(id).Close(new CloseRequest(Watermark, Final()));
        Flush(isKind: true);
        var lines = new ArrayBufferWriter<byte>();
        if (Plan.Sinks.Length == 0) return;
        var codec = new BatchCodec(Plan.Sinks[0].Schema);
        using var writer = new JsonRowWriter(Plan.Sinks[0].Schema);
        foreach (var payload in _outbox)
        {
            var batch = codec.Decode(payload);
            writer.Write(batch, lines);
            batch.Release();
        }
        Closed.AddRange(Encoding.UTF8.GetString(lines.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private void Step()
    {
        switch (_random.Next(10))
        {
            case < 6: Send(_senders[_random.Next(_senders.Length)], isKind: false); break;
            case 6: Flush(isKind: false); break;
            case 7: Lose(); break;
            default: Close(); break;
        }
    }

    private void Send(Sender sender, bool isKind)
    {
        if (sender.MustRewind && (isKind || _random.Next(3) == 0)) sender.Rewind();
        if (sender.Next == sender.Batches.Length) return;
        var number = sender.Next;
        var batch = sender.Batches[number];
        if (batch.Slice is not null)
        {
            var parts = _cutter.Cut(batch.Slice, batch.Partition, Placements[_random.Next(3)], (key, _, next) => sender.Previous(Convert.ToHexString(key), number, next));
            var slices = parts.Select(p => _codec.Decode(p.Batch)).SelectMany(d => Enumerable.Range(0, d.Count).Select(i => d[i])).ToArray();
            _random.Shuffle(slices);
            foreach (var slice in slices)
            {
                if (!isKind && _random.Next(30) == 0) return;
                for (var times = isKind || _random.Next(5) > 0 ? 1 : 2; times > 0; times--)
                {
                    if (!Cell(slice.Id).Apply(slice).IsBehind) continue;
                    Behind++;
                    sender.Rewind();
                    return;
                }
            }
        }
        sender.Next++;
    }

    private FeatureCell Cell(KeyId id)
    {
        _known.Add(id);
        if (!_active.TryGetValue(id, out var cell)) _active.Add(id, cell = new FeatureCell(_view, id, Guid.Empty, _stored.GetValueOrDefault(id)));
        return cell;
    }

    private void Flush(bool isKind)
    {
        var all = true;
        foreach (var (id, cell) in _active)
        {
            if (!isKind && _random.Next(20) == 0)
            {
                all = false;
                continue;
            }
            if (cell.Snapshot(out _) is not { } write) continue;
            Assert.Equal(_stored.TryGetValue(id, out var stored) ? stored.Version : 0, write.Expected);
            _stored[id] = new StoredKey(write.Expected + 1, write.Writer, write.Content);
            _outbox.AddRange(write.Emissions.Select(e => e.Payload));
            cell.Written(long.MaxValue);
        }
        if (!all) return;
        // What a lost cell held will never be durable: whoever sent it something rewinds first.
        foreach (var sender in _senders)
        {
            if (sender.MustRewind) sender.Rewind();
            else sender.BecomeDurable();
        }
    }

    private void Lose()
    {
        if (_active.Count == 0) return;
        var (id, cell) = _active.ElementAt(_random.Next(_active.Count));
        _active.Remove(id);
        if (cell.Flush == 0) return;
        foreach (var sender in _senders) sender.MustRewind = true;
    }

    private void Close()
    {
        Advance();
        foreach (var id in _known.ToArray())
        {
            if (_random.Next(3) > 0) Cell(id).Close(new CloseRequest(Watermark, Final()));
        }
    }

    /// <summary>The watermark after the last batch before which all are applied.</summary>
    private void Advance()
    {
        var applied = _deliveries.TakeWhile(d => Array.IndexOf(_senders[d.Partition].Batches, d) < _senders[d.Partition].Next).LastOrDefault();
        if (applied is not null) Watermark = Math.Max(Watermark, applied.After);
    }

    private long Final() => _senders.Where(s => s.Durable < s.Batches.Length).Select(s => s.Batches[s.Durable].Before).DefaultIfEmpty(Watermark).Min();

    public FeatureRow Read(string key, long? at)
    {
        var view = Plan.Views[0];
        var id = new KeyId(0, KeyCodec.FromText(view.Description.Entity, new Dictionary<string, string> { ["k"] = key }));
        var copy = Cell(id).Read();
        var newest = _active.Values.Select(c => c.Read()).Where(c => c is not null).Select(c => StreamForge.Features.KeyState.KeyState.NewestOf(KeyCopy.State(c!))).DefaultIfEmpty(EventTime.MinValue).Max();
        var row = new FeatureRow();
        _reader.Read(view, copy is null ? [] : KeyCopy.State(copy), new ReadTimes(Watermark, copy is null ? Watermark : Math.Max(Watermark, KeyCopy.Watermark(copy)), newest), at, row);
        return row;
    }
}
