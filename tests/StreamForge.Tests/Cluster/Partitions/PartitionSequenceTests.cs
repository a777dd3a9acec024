using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Storage;
using StreamForge.Core;
using StreamForge.Tests.Cluster.Support;

namespace StreamForge.Tests.Cluster.Partitions;

/// <summary>
/// Partition, sink and pipeline together over model keys: silos crash, keys are active twice, calls fail before or after they take effect, activations are replaced while the earlier ones go on. In the end every key and
/// the sink have every event once, and every event was judged by one watermark, which the late ledger agrees with.
/// </summary>
public class PartitionSequenceTests
{
    private const string WindowsOfOneMinute = "lifetime, {tumbling: 1m}";

    /// <summary>Random cases a run; STREAMFORGE_CLUSTER_CASES asks for a longer one.</summary>
    private static int Cases => int.TryParse(Environment.GetEnvironmentVariable("STREAMFORGE_CLUSTER_CASES"), out var cases) ? cases : 60;

    [Fact]
    public void Every_event_counts_once_whatever_happens_to_one_partition() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => new Case(seed, partitions: 1).Holds()));

    [Fact]
    public void Every_event_is_judged_once_whatever_happens_to_several_partitions() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed => new Case(seed, partitions: 2 + seed % 2).Holds()));

    private sealed class Case
    {
        private readonly Random _random;
        private readonly ModelCluster _cluster;
        private readonly MemoryRecords _records = new();
        private readonly MemoryKeys _keys = new();
        private readonly ManualClock _clock = new() { IsHasty = true };
        private readonly TestTopic[] _topics;
        private readonly TestTable _table = new();
        private readonly StreamForge.Pipeline.Plans.PipelinePlan _plan = TestTopic.Plan(windows: WindowsOfOneMinute);
        private readonly Partition?[] _partitions;
        private readonly List<Task> _running = [];
        private readonly int _seed;
        private readonly bool _isCalm;
        private SinkProcess? _sink;
        private PipelineProcess? _pipeline;
        private int _id;
        private string _doing = "";

        private sealed record Partition(PartitionProcess Process, TestStream Stream);

        public Case(int seed, int partitions)
        {
            _seed = seed;
            _random = new Random(seed);
            _cluster = new ModelCluster(_plan, _random, _random.Next(1, 4)) { FaultsIn = _random.Next(8, 60), DoublesIn = _random.Next(20, 200) };
            _isCalm = _random.Next(4) == 0;
            if (_isCalm) (_cluster.FaultsIn, _cluster.DoublesIn) = (0, 0);
            _records.Faults = _cluster.Fault;
            _records.Yield = _cluster.Yield;
            _topics = [.. Enumerable.Range(0, partitions).Select(p => new TestTopic(new PartitionId("s", p), Events(), _plan.Sources[0].Columns))];
            _partitions = new Partition?[partitions];
            _cluster.ControlOf = () => new FlakyControl(_cluster, () => _pipeline ?? throw MemoryRecords.Failure());
            _cluster.SinkOf = _ => new FlakySink(_cluster, () => _sink ?? throw MemoryRecords.Failure());
        }

        private (long, TestEvent)[] Events()
        {
            var offset = 0L;
            var time = 0L;
            return
            [
                .. Enumerable.Range(0, _random.Next(1, 120)).Select(_ =>
                {
                    offset += _random.Next(10) == 0 ? _random.Next(1, 5) : 1;
                    time += _random.Next(0, 20);
                    var number = _random.Next(20) == 0 ? -1 : _random.Next(100);
                    return (offset, new TestEvent($"k{_random.Next(12)}", Math.Max(0, time - (_random.Next(6) == 0 ? _random.Next(200) : 0)), number));
                }),
            ];
        }

        private Guid NewId() => new(++_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        public bool Holds()
        {
            try
            {
                SingleThread.Run(RunAsync, () => $"{_doing}; {string.Join("; ", _partitions.Select(p => p?.Process.Report().ToString() ?? "none"))}");
                return true;
            }
            catch (Exception error)
            {
                throw new Xunit.Sdk.XunitException($"seed {_seed}, {_topics.Length} partitions: {error.Message}", error);
            }
        }

        private async Task RunAsync()
        {
            for (var step = _random.Next(20, 300); step > 0; step--) await StepAsync();
            (_cluster.FaultsIn, _cluster.DoublesIn) = (0, 0);
            for (var round = 0; !IsAtRest; round++)
            {
                Assert.True(round < 3000, $"it does not come to rest: {string.Join("; ", _partitions.Select(p => p?.Process.Report().ToString() ?? "none"))}");
                await RoundAsync();
            }
            _doing = "end";
            foreach (var partition in _partitions) partition!.Stream.End();
            for (var i = 0; i < 100; i++) await Task.Yield();
            // One that has been left may wait for room for ever.
            foreach (var task in _running.Where(t => t.IsFaulted)) await task;
            Check();
        }

        private bool IsAtRest => _partitions.Zip(_topics).All(p => p.First is not null && p.First.Process.Durable == p.Second.End);

        /// <summary>Everybody does what is its turn.</summary>
        private async Task RoundAsync()
        {
            _doing = "round pipeline";
            await AttemptAsync(TickPipelineAsync);
            _doing = "round sink";
            await AttemptAsync(TickSinkAsync);
            _doing = "round partitions";
            for (var p = 0; p < _partitions.Length; p++)
            {
                var index = p;
                await AttemptAsync(() => TickPartitionAsync(index));
            }
            _doing = "round flush";
            foreach (var silo in _cluster.Living.ToArray()) await silo.FlushAsync();
            for (var i = 0; i < 10; i++) await Task.Yield();
        }

        private async Task StepAsync()
        {
            var what = _random.Next(_isCalm ? 16 : 24);
            _doing = $"step {what}";
            switch (what)
            {
                case < 4: await AttemptAsync(TickPipelineAsync); break;
                case < 8: await AttemptAsync(() => TickPartitionAsync(_random.Next(_partitions.Length))); break;
                case < 11: await AttemptAsync(TickSinkAsync); break;
                case < 14: _ = _cluster.Living[_random.Next(_cluster.Living.Count)].FlushAsync(); break;
                case < 17: _clock.Advance(TimeSpan.FromSeconds(_random.Next(10))); break;
                case 17:
                    _cluster.Crash(_cluster.Living[_random.Next(_cluster.Living.Count)]);
                    if (_cluster.Living.Count == 0 || _random.Next(2) == 0) _cluster.AddSilo();
                    break;
                case 18: _cluster.AddSilo(); break;
                case 19: _sink = null; break;
                case 20: _pipeline = null; break;
                case 21: _ = Lose(_random.Next(_partitions.Length)); break;
                case 22:
                    // The earlier activation goes on: it does not know.
                    var doubled = Lose(_random.Next(_partitions.Length));
                    if (doubled is not null) _running.Add(HauntAsync(doubled));
                    break;
                default: break;
            }
            for (var i = _random.Next(20); i > 0; i--) await Task.Yield();
        }

        private Partition? Lose(int index)
        {
            var lost = _partitions[index];
            _partitions[index] = null;
            lost?.Stream.End();
            return lost;
        }

        private async Task HauntAsync(Partition partition)
        {
            var stream = new TestStream(_topics[partition.Process.Report().Partition], _cluster);
            await stream.RewindAsync(partition.Process.Received, CancellationToken.None).AsTask().ContinueWith(_ => { }, TaskScheduler.FromCurrentSynchronizationContext());
            _running.Add(DeliverAsync(stream, partition.Process));
            for (var i = _random.Next(10); i > 0; i--)
            {
                for (var j = 0; j < 10; j++) await Task.Yield();
                await AttemptAsync(() => partition.Process.TickAsync(CancellationToken.None).AsTask());
            }
            stream.End();
        }

        private static async Task AttemptAsync(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (StreamForgeException error) when (error.Retryable || error is FenceLostException)
            {
                // The next turn tries again.
            }
        }

        private async Task TickPipelineAsync()
        {
            if (_pipeline is null)
            {
                var process = new PipelineProcess(_plan, new Storage(_keys, _records), _clock, NewId(), NullLogger.Instance);
                await process.StartAsync([.. _topics.Select(t => t.Partition)], CancellationToken.None);
                _pipeline = process;
            }
            var pipeline = _pipeline;
            try
            {
                await pipeline.TickAsync(CancellationToken.None);
            }
            catch (FenceLostException)
            {
                if (_pipeline == pipeline) _pipeline = null;
            }
        }

        private async Task TickSinkAsync()
        {
            if (_sink is null)
            {
                var settings = new SinkSettings(_plan, 0, [.. _topics.Select(t => t.Partition)]) { FlushInterval = TimeSpan.Zero };
                var process = new SinkProcess(settings, new SinkPorts(_cluster.Control, _records, () => new TestSink(_table, _cluster.Fault, _cluster.Yield), _clock, NewId), NullLogger.Instance);
                await process.StartAsync(CancellationToken.None);
                _sink = process;
            }
            var sink = _sink;
            try
            {
                await sink.TickAsync(CancellationToken.None);
            }
            catch (FenceLostException)
            {
                if (_sink == sink) _sink = null;
            }
        }

        private async Task TickPartitionAsync(int index)
        {
            if (_partitions[index] is not { } partition)
            {
                var stream = new TestStream(_topics[index], _cluster);
                var settings = new PartitionSettings(_plan, _topics[index].Partition, index, _topics.Length) { MostOutstanding = 40 };
                var ports = new PartitionPorts(_cluster, _records, new MemoryPipelineStorage(), stream, _topics[index], new KeyPlacement(), _clock);
                var process = new PartitionProcess(settings, ports, NewId(), NullLogger.Instance);
                await process.StartAsync(CancellationToken.None);
                Lose(index);
                _partitions[index] = partition = new Partition(process, stream);
                _running.Add(DeliverAsync(stream, process));
            }
            try
            {
                await partition.Process.TickAsync(CancellationToken.None);
            }
            catch (FenceLostException)
            {
                if (_partitions[index] == partition) Lose(index);
            }
        }

        private static async Task DeliverAsync(TestStream stream, PartitionProcess process)
        {
            try
            {
                await stream.RunAsync(process, mistakesIn: 20);
            }
            catch (FenceLostException)
            {
                // Another one delivers.
            }
        }

        private void Check()
        {
            var judged = new Dictionary<(int Partition, long Position), long>();
            foreach (var (key, state) in _cluster.StoredKeys)
            {
                foreach (var (at, watermark) in state.Judged)
                {
                    judged.Add(at, watermark);
                    Assert.Equal(Array.Find(_topics[at.Partition].Events, e => e.Offset == at.Position).Event.Key, KeyCodec.Read(key.Key, _plan.Views[0].Description.Entity)[0].ToString());
                }
            }
            var good = _topics.SelectMany((t, p) => t.Events.Where(e => e.Event.Number >= 0).Select(e => (p, e.Offset))).ToArray();
            Assert.Equal(good.Order(), judged.Keys.Order());
            Assert.Equal(good.Select(g => $"s/{g.p}:{g.Offset}").Order(StringComparer.Ordinal), _table.Rows.Order(StringComparer.Ordinal));
            Assert.Equal(Bad(), _records.Ledger.Where(l => l.Ledger == LedgerKind.DeadLetters).Select(l => (l.Partition.Partition, l.Position)).Order());
            var late = good.Where(g => IsLate(g.p, g.Offset, judged[(g.p, g.Offset)])).Order();
            Assert.Equal(late, _records.Ledger.Where(l => l.Ledger == LedgerKind.Late).Select(l => (l.Partition.Partition, l.Position)).Order());
            foreach (var line in _records.Ledger.Where(l => l.Ledger == LedgerKind.Late))
            {
                using var json = JsonDocument.Parse(line.Json);
                Assert.Equal(EventTime.Format(judged[(line.Partition.Partition, line.Position)]), json.RootElement.GetProperty("watermark").GetString());
            }
            // One partition alone judges by what the log says, and by nothing else.
            if (_topics.Length == 1) Assert.Equal(Alone(), judged.OrderBy(j => j.Key).Select(j => j.Value));
        }

        private IEnumerable<(int, long)> Bad() => _topics.SelectMany((t, p) => t.Events.Where(e => e.Event.Number < 0).Select(e => (p, e.Offset))).Order();

        private IEnumerable<long> Alone()
        {
            var newest = EventTime.MinValue;
            foreach (var (_, e) in _topics[0].Events.Where(e => e.Event.Number >= 0))
            {
                yield return newest;
                newest = Math.Max(newest, e.Seconds * EventTime.Second);
            }
        }

        private bool IsLate(int partition, long offset, long watermark) =>
            // A tile of a second takes events until the watermark is a window past its end.
            (Array.Find(_topics[partition].Events, e => e.Offset == offset).Event.Seconds + 1 + 60) * EventTime.Second <= watermark;
    }

    private sealed record Storage(IKeyStorage Keys, IRecordStorage Records) : IPipelineStorage
    {
        public IImageStorage Images => throw new NotSupportedException("a pipeline's own part reads no images");
    }
}
