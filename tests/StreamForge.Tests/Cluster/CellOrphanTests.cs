using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Cluster.Storage;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Tests.Plans;

namespace StreamForge.Tests.Cluster;

/// <summary>Rows that a key is to take out: what it does not hold is in the ledger once, with the state that has seen it.</summary>
public class CellOrphanTests
{
    private static readonly PipelinePlan Plan = PlanOf("""
        metadata: {name: p}
        sources:
          s: {type: files, path: none.json, format: debezium-json, before: full, event_time: t, schema: [{name: t, type: timestamptz}, {name: user, type: bigint}, {name: quantity, type: int}]}
        features:
          - view: v
            input: s
            entity: [user]
            windows: [1h, lifetime]
            aggregates: [{name: n, function: count}, {name: total, function: sum, of: quantity}, {name: most, function: max, of: quantity}]
        """);

    private static readonly BatchOrigin Origin = new(new PartitionId("s", 4), "users/4");

    private static PipelinePlan PlanOf(string text)
    {
        var loaded = PipelineFile.Parse(text, "p.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        return Planner.Plan(loaded.Definition!, new Dictionary<string, Schema> { ["s"] = PlanCase.Columns }, loaded.Broken).Plan!;
    }

    private static KeyId Id { get; } = new(0, KeyCodec.FromText(Plan.Views[0].Description.Entity, new Dictionary<string, string> { ["user"] = "7" }));

    /// <summary>Rows of the user, each an offset, an op and a quantity.</summary>
    private static KeySlice Slice(params (long Offset, ChangeOp Op, long Quantity)[] rows)
    {
        var quantity = Column.Create(Plan.Views[0].Expressions[0].Type, rows.Length);
        foreach (var row in rows) ((Int64Column)quantity).Append(row.Quantity);
        var view = new ViewRows
        {
            Times = [.. rows.Select(_ => CountingView.Start)],
            Watermarks = [.. rows.Select(_ => EventTime.MinValue)],
            Orders = [.. rows.Select(r => r.Offset)],
            Ops = [.. rows.Select(r => (byte)r.Op)],
            Values = [.. Plan.Views[0].SlotInputs.Select(s => s.Value < 0 ? null : quantity)],
            Conditions = [.. Plan.Views[0].SlotInputs.Select(_ => (BooleanColumn?)null)],
        };
        return new KeySlice(Id, 0, 0, view, [.. rows.Select(r => r.Offset)], 0, rows.Length) { Origin = Origin };
    }

    private sealed class Silo : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _running;

        public Silo(MemoryPipelineStorage storage)
        {
            Batcher = new StateBatcher(new SiloId("here"), Plan, storage, CountingView.Quick, Guid.NewGuid, TimeProvider.System, NullLogger.Instance);
            _running = Batcher.RunAsync(_end.Token);
        }

        public StateBatcher Batcher { get; }

        public Task<FeatureCell> LoadAsync() => Batcher.LoadAsync(Id, CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _running;
            _end.Dispose();
        }
    }

    private static async Task<string[]> LedgerAsync(MemoryPipelineStorage storage) => [.. (await storage.LedgerAsync(LedgerKind.Late, backwards: false, 0, 100, CancellationToken.None)).Items];

    [Fact]
    public async Task An_orphan_is_in_the_ledger_once_it_is_flushed_and_not_again_when_its_event_comes_again()
    {
        var storage = new MemoryPipelineStorage();
        await using var silo = new Silo(storage);
        var cell = await silo.LoadAsync();
        var slice = Slice((3, ChangeOp.Create, 5), (8, ChangeOp.Before, 6), (8, ChangeOp.Update, 7));
        cell.Apply(slice);
        Assert.Empty(await LedgerAsync(storage));
        await silo.Batcher.ReleaseAsync(cell, CancellationToken.None);
        var line = Assert.Single(await LedgerAsync(storage));
        Assert.Equal(
            """{"source":"s","partition":4,"position":"users/4:8","event_time":"2023-11-14T22:14:00Z","reason":"orphan: the view v has not counted the row that is taken out","missed":[],"raw":"{\"user\":7,\"quantity\":6}"}""", line);
        cell = await silo.LoadAsync();
        cell.Apply(slice);
        await silo.Batcher.ReleaseAsync(cell, CancellationToken.None);
        Assert.Single(await LedgerAsync(storage));
        Assert.Equal(1, await storage.OrphansAsync(0, CancellationToken.None));
    }

    [Fact]
    public async Task A_key_that_only_orphans_have_come_for_stays_unknown_and_remembers_what_it_has_seen()
    {
        var storage = new MemoryPipelineStorage();
        await using var silo = new Silo(storage);
        var cell = await silo.LoadAsync();
        cell.Apply(Slice((3, ChangeOp.Delete, 5)));
        Assert.Null(cell.Read());
        await silo.Batcher.ReleaseAsync(cell, CancellationToken.None);
        cell = await silo.LoadAsync();
        Assert.Null(cell.Read());
        cell.Apply(Slice((3, ChangeOp.Delete, 5)));
        await silo.Batcher.ReleaseAsync(cell, CancellationToken.None);
        Assert.Single(await LedgerAsync(storage));
        cell = await silo.LoadAsync();
        Assert.False(cell.Apply(Slice((9, ChangeOp.Create, 5)) with { Previous = 4 }).IsBehind);
        Assert.NotNull(cell.Read());
    }

    [Fact]
    public async Task What_is_taken_out_and_added_by_one_event_is_applied_together_or_not_at_all()
    {
        var storage = new MemoryPipelineStorage();
        await using var silo = new Silo(storage);
        var cell = await silo.LoadAsync();
        cell.Apply(Slice((3, ChangeOp.Create, 5)));
        var before = cell.Read()!;
        // Behind: neither row.
        Assert.True(cell.Apply(Slice((8, ChangeOp.Before, 5), (8, ChangeOp.Update, 7)) with { Previous = 6 }).IsBehind);
        Assert.Equal(before, cell.Read());
        cell.Apply(Slice((8, ChangeOp.Before, 5), (8, ChangeOp.Update, 7)));
        var after = cell.Read()!;
        Assert.NotEqual(before, after);
        // Held: neither row again.
        cell.Apply(Slice((8, ChangeOp.Before, 5), (8, ChangeOp.Update, 7), (9, ChangeOp.Before, 7), (9, ChangeOp.Update, 5)));
        Assert.Equal(KeyCopy.State(before).Length, KeyCopy.State(cell.Read()!).Length);
        await silo.Batcher.ReleaseAsync(cell, CancellationToken.None);
        Assert.Empty(await LedgerAsync(storage));
    }
}
