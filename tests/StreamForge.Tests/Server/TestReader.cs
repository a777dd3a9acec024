using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Tests.Server;

/// <summary>A reader over rows that a test puts in; keys it does not have are unknown.</summary>
internal sealed class TestReader : IFeatureReader
{
    public const long Now = 1_323_435_000_000_000; // 2011-12-09T12:50:00Z
    public const long Earliest = Now - EventTime.Day;

    private readonly Dictionary<(string View, string Key), FeatureValue[]> _rows = [];

    public ImmutableArray<ViewDescription> Views { get; set; } = [Customers, Users, Places, Typed];

    public ImmutableArray<ServiceDescription> Services { get; } = [new("retail", "churn_v1", ["customers:orders_1h", "customers:spend_lifetime"])];

    public static ViewDescription Customers { get; } = new(
        "retail", "customers", [new Field("customer_id", DataType.BigInt)],
        [new WindowDescription("1h", EventTime.Minute), new WindowDescription("lifetime", 0)],
        [
            new FeatureDescription("orders_1h", DataType.BigInt, 0, "count", "lines bought"),
            new FeatureDescription("spend_lifetime", DataType.Decimal(38, 3), 1, "sum", null),
            new FeatureDescription("avg_order", DataType.Double, -1, "derived", null),
            new FeatureDescription("last_country_1h", DataType.String, 0, "last", null),
        ],
        "what a customer did");

    public static ViewDescription Users { get; } = new(
        "clicks", "users", [new Field("user_id", DataType.String)], [new WindowDescription("1h", EventTime.Minute)],
        [new FeatureDescription("orders_1h", DataType.BigInt, 0, "count", null)], null);

    /// <summary>A composite key whose columns have the names of options.</summary>
    public static ViewDescription Places { get; } = new(
        "retail", "places", [new Field("country", DataType.String), new Field("at", DataType.Date)], [],
        [new FeatureDescription("visits", DataType.BigInt, -1, "derived", null)], null);

    public static ViewDescription Typed { get; } = new(
        "retail", "typed",
        [new Field("b", DataType.Boolean), new Field("d", DataType.Double), new Field("m", DataType.Decimal(10, 2)), new Field("t", DataType.TimestampTz), new Field("x", DataType.Bytes)],
        [],
        [
            new FeatureDescription("flag", DataType.Boolean, -1, "last", null),
            new FeatureDescription("number", DataType.Double, -1, "last", null),
            new FeatureDescription("money", DataType.Decimal(38, 10), -1, "last", null),
            new FeatureDescription("day", DataType.Date, -1, "last", null),
            new FeatureDescription("time", DataType.TimestampTz, -1, "last", null),
            new FeatureDescription("list", new DataType(TypeKind.Array), -1, "last_n", null),
        ],
        null);

    /// <summary>What every read does first; for tests of failures.</summary>
    public Action? BeforeRead { get; set; }

    public void Put(ViewDescription view, string[] key, params FeatureValue[] values)
    {
        var named = view.Entity.Zip(key).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        _rows[(view.Name, Convert.ToHexString(KeyCodec.FromText(view.Entity, named)))] = values;
    }

    public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row)
    {
        BeforeRead?.Invoke();
        if (at < Earliest) throw new StreamForgeException(ErrorKind.OutOfRange, $"{view.Name} keeps nothing before {EventTime.Format(Earliest)}, the earliest possible time");
        row.Found = _rows.TryGetValue((view.Name, Convert.ToHexString(key)), out var values);
        row.Values = values ?? [.. view.Features.Select(feature => FeatureValue.Missing(feature.Type, FeatureStatus.NotFound))];
        row.At = at ?? Now;
        row.Watermark = Now - 5 * EventTime.Second;
        row.NewestEvent = Now - 1;
        row.EventTime = row.Found ? Now - EventTime.Minute : EventTime.MinValue;
        row.Effective = [.. view.Windows.Select(window => (window.Resolution == 0 ? EventTime.MinValue : row.At - EventTime.Hour, row.At))];
    }

    public ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row)
    {
        Read(view, key, at, row);
        return row.Found ? [new FeatureTile(EventTime.Floor(row.At, EventTime.Minute), EventTime.Floor(row.At, EventTime.Minute) + EventTime.Minute, row.Values[feature])] : [];
    }

    public KeySample SampleKeys(ViewDescription view, int limit)
    {
        var keys = _rows.Keys.Where(k => k.View == view.Name).Select(k => Convert.FromHexString(k.Key)).ToArray();
        return new KeySample(keys.Length, [.. keys.Take(limit)]);
    }
}
