using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Plans;
using StreamForge.Tests.Plans;

namespace StreamForge.Tests.Cluster;

/// <summary>A view that counts and sums by user, with a tumbling minute whose closed windows a sink takes; and its cells in one silo.</summary>
internal sealed class CountingView : IAsyncDisposable
{
    public const long Start = 1_700_000_040_000_000;

    public static readonly PipelinePlan Plan = PlanCase.Plan("""
        features:
          - view: v
            input: s
            entity: [user]
            windows: [{tumbling: 1m}, lifetime]
            aggregates:
              - {name: n, function: count}
              - {name: total, function: sum, of: quantity}
        sinks:
          closed: {type: files, input: v, path: out}
        """);

    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    public CountingView(TestKeyStorage? storage = null, string silo = "here", BatcherOptions? options = null)
    {
        Storage = storage ?? new TestKeyStorage();
        // Flushes come when they are asked for.
        Batcher = new StateBatcher(new SiloId(silo), Plan, Storage, options ?? Quick, Guid.NewGuid, TimeProvider.System, NullLogger.Instance);
        _running = Batcher.RunAsync(_end.Token);
    }

    public static BatcherOptions Quick { get; } = new() { FlushInterval = TimeSpan.FromDays(1), FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(2) };

    public TestKeyStorage Storage { get; }

    public StateBatcher Batcher { get; }

    public static KeyId Id(long user) =>
        new(0, KeyCodec.FromText(Plan.Views[0].Description.Entity, new Dictionary<string, string> { ["user"] = user.ToString(CultureInfo.InvariantCulture) }));

    public Task<FeatureCell> LoadAsync(long user) => Batcher.LoadAsync(Id(user), CancellationToken.None);

    /// <summary>Events of one user at some offsets, each with the quantity 1, a second apart by offset.</summary>
    public static KeySlice Slice(long user, long previous, long[] offsets, int partition = 0)
    {
        var quantity = Column.Create(Plan.Views[0].Expressions[0].Type, offsets.Length);
        foreach (var _ in offsets) ((Int64Column)quantity).Append(1);
        long[] times = [.. offsets.Select(o => Start + o * EventTime.Second)];
        var rows = new ViewRows
        {
            Times = times,
            Watermarks = [.. offsets.Select(_ => EventTime.MinValue)],
            Orders = [.. offsets.Select(o => (long)partition << 48 | o)],
            Values = [.. Plan.Views[0].SlotInputs.Select(s => s.Value < 0 ? null : quantity)],
            Conditions = [.. Plan.Views[0].SlotInputs.Select(_ => (BooleanColumn?)null)],
        };
        return new KeySlice(Id(user), partition, previous, rows, offsets, 0, offsets.Length);
    }

    /// <summary>What storage holds of a user: one past the last offset of a partition.</summary>
    public long StoredNext(long user, int partition = 0) => Storage[Id(user)] is { } stored ? KeyContent.Read(stored.Content).Positions[partition] : 0;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }
}
