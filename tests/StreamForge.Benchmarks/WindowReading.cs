using BenchmarkDotNet.Attributes;
using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Shards;
using StreamForge.Formats;
using StreamForge.Formats.Json;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Benchmarks;

/// <summary>30 features (ten aggregates over 1m, 30m and 1h) of one key that an event came for every second of the last hour: about 180 tiles are joined. Times are per lookup.</summary>
[MemoryDiagnoser]
public class WindowReading
{
    private const int Seconds = 3600;

    private readonly FeatureRow _row = new();
    private readonly ViewDescription _view;
    private readonly IFeatureReader _reader;
    private readonly byte[] _busy;
    private readonly byte[] _quiet;

    public WindowReading()
    {
        var plan = ClickstreamBatch.Plan(
            "{name: n, function: count}", "{name: dear, function: count, where: price > 100}", "{name: cheap, function: count, where: price < 10}",
            "{name: spend, function: sum, of: price}", "{name: cents, function: sum, of: CAST(price * 100 AS BIGINT)}", "{name: mean, function: avg, of: price}",
            "{name: least, function: min, of: price}", "{name: most, function: max, of: price}", "{name: start, function: first, of: price}", "{name: end, function: last, of: price}");
        var store = new KeyStore(plan.Views[0].Layout);
        var newest = Fill(plan, store);
        _view = plan.Views[0].Description;
        _reader = new ShardedFeatureReader(plan, [[store]], () => newest, TimeProvider.System);
        _busy = KeyCodec.FromText(_view.Entity, new Dictionary<string, string> { ["user_id"] = "busy" });
        _quiet = KeyCodec.FromText(_view.Entity, new Dictionary<string, string> { ["user_id"] = "quiet" });
    }

    /// <summary>A key with all tiles.</summary>
    [Benchmark]
    public bool BusyKey() => Read(_busy);

    /// <summary>A key with one event: one tile in each series.</summary>
    [Benchmark]
    public bool QuietKey() => Read(_quiet);

    private bool Read(byte[] key)
    {
        _reader.Read(_view, key, null, _row);
        return _row.Found ? true : throw new InvalidOperationException("The key is unknown.");
    }

    private static long Fill(PipelinePlan plan, KeyStore store)
    {
        var first = ClickstreamEpoch;
        string[] lines =
        [
            .. Enumerable.Range(0, Seconds).Select(i => Line("busy", i % 200, first + i * EventTime.Second)), Line("quiet", 1, first + (Seconds - 1) * EventTime.Second),
        ];
        var batch = JsonRows.Decode(lines, ClickstreamBatch.Columns, DecodeOptions.Default, ClickstreamBatch.Origin, new RowErrors());
        using var read = new SourceBatch(batch, new NoRaw(), [], PartitionCursor.Start, 0);
        ClickstreamBatch.Apply(store, ClickstreamBatch.Slice(plan, read));
        return first + (Seconds - 1) * EventTime.Second;
    }

    private const long ClickstreamEpoch = 1_704_067_200_000_000; // 2024-01-01T00:00:00Z

    private static string Line(string user, int price, long time) => $$"""{"user_id":"{{user}}","price":{{price}}.5,"event_time":"{{EventTime.Format(time)}}"}""";

    private sealed class NoRaw : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => default;
    }
}
