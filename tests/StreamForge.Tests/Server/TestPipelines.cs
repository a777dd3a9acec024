using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Tests.Server;

/// <summary>One pipeline with numbered ledger entries.</summary>
internal sealed class TestPipelines : IPipelineReader
{
    /// <summary>Entries of each ledger.</summary>
    public int Entries { get; set; } = 7;

    public ImmutableArray<PipelineStatus> Read() =>
    [
        new(
            "retail", "1.0.0", "a shop", PipelineState.Running, null, TestReader.Now, 1000, 900, 12.345, 1, 2, EventTime.MinValue, 3, 0.25,
            [
                new StageStatus(StageKind.Source, "orders", "files", "orders.csv", 1000, 12.345, TestReader.Now, null, null, 0.25),
                new StageStatus(StageKind.Transformation, "lines", "sql_transform", null, 900, 0, EventTime.MinValue, null, null, null),
                new StageStatus(StageKind.View, "customers", "view", "by customer_id", 900, 0, TestReader.Now, 1.25, 17, null),
            ],
            [new StageEdge(0, 1), new StageEdge(1, 2)]),
        new("clicks", null, null, PipelineState.Failed, "the disk is full", TestReader.Now, 0, 0, 0, 0, 0, EventTime.MinValue, 0, null, [], []),
    ];

    public ValueTask<LedgerSlice> ReadLedgerAsync(string pipeline, LedgerKind ledger, long skip, int limit, CancellationToken cancellation) =>
        new(new LedgerSlice(Entries, Numbers(ledger).Skip((int)skip).Take(limit)));

    public ValueTask<LedgerSlice> ReadLedgerBackwardsAsync(string pipeline, LedgerKind ledger, long? before, int limit, CancellationToken cancellation) =>
        new(new LedgerSlice(Entries, Numbers(ledger).Take((int)(before ?? Entries)).Reverse().Take(limit)));

    private IEnumerable<string> Numbers(LedgerKind ledger) => Enumerable.Range(0, Entries).Select(i => i.ToString(CultureInfo.InvariantCulture)).Select(i => ledger == LedgerKind.Late
        ? $$"""{"source":"orders","partition":0,"position":"{{i}}","event_time":"2011-12-09T12:50:00Z","reason":"late","missed":["customers.1h"],"watermark":"2011-12-10T12:50:00Z","raw":"ü {{i}}"}"""
        : $$"""{"source":"orders","partition":0,"position":"{{i}}","reason":"no number","raw":"x","raw_base64":"eA=="}""");
}

internal sealed class TestTables : ITableReader
{
    public ValueTask<ImmutableArray<TableSummary>> ListAsync(CancellationToken cancellation) =>
        new([new TableSummary("retail.order_lines", "file:///lake/retail/order_lines", "parquet", 10, 2, 3000, 3, TestReader.Now)]);

    public ValueTask<TableSnapshots> SnapshotsAsync(string table, int skip, int limit, CancellationToken cancellation) => table != "retail.order_lines"
        ? throw new StreamForgeException(ErrorKind.NotFound, $"there is no table '{table}'")
        : new(new TableSnapshots(3, [.. Enumerable.Range(0, 3).Skip(skip).Take(limit).Select(i => new TableSnapshot(
            long.MaxValue - i, i == 2 ? null : long.MaxValue - i - 1, TestReader.Now, "append", 5, 1, 1500, 10, ImmutableSortedDictionary<string, string>.Empty.Add("streamforge.checkpoint", "3")))]));

    public ValueTask<TableRows> NewestRowsAsync(string table, int limit, CancellationToken cancellation) =>
        new(new TableRows(["id", "name"], ["""{"id":1,"name":"ü"}"""], "00000.parquet"));
}
