using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Oracle;

/// <summary>Short words for the oracle's own tests: times in seconds, one column <c>v</c>.</summary>
internal static class OracleBuilder
{
    public const long S = 1_000_000;
    public const long M = 60 * S;
    public const long H = 60 * M;
    public const long D = 24 * H;

    /// <summary>An event of key k at a second, with a whole number or null as v.</summary>
    public static OracleEvent At(double seconds, long? v = 1) => new((long)(seconds * S), "k", ("v", v is { } n ? n : (OracleValue?)null));

    public static OracleEvent Of(long time, OracleValue? v) => new(time, "k", ("v", v));

    public static OracleView View(OracleWindow window, OracleFunction function = OracleFunction.Count, string? of = null) =>
        new([window], [new("a", function, of)]);

    public static FeatureOracle World(OracleView view, params OracleEvent[] events) => new(new OracleCase(view, events));

    public static FeatureOracle World(OracleView view, params OracleChange[] changes) => new(new OracleCase(view) { Changes = [.. changes] });

    /// <summary>A row of key k at a second.</summary>
    public static OracleImage Image(double seconds, long? v = 1)
    {
        var e = At(seconds, v);
        return new(e.Time, e.Key, e.Values);
    }

    public static OracleChange Add(string id, double seconds, long? v = 1) => new(0, OracleOp.Create, id, null, Image(seconds, v));

    public static OracleChange Delete(string id, double seconds, long? v = 1) => new(0, OracleOp.Delete, id, Image(seconds, v), null);

    /// <summary>The only feature of the only window of key k.</summary>
    public static OracleFeature Read(OracleView view, long? at, params OracleEvent[] events) => World(view, events).Read("k", at).Features[0];

    /// <summary>One aggregate of v over everything.</summary>
    public static OracleFeature Over(OracleFunction function, params OracleValue?[] values) =>
        Read(View(OracleWindow.Lifetime, function, "v"), null, [.. values.Select((v, i) => Of(i, v))]);
}
