using System.Numerics;

namespace StreamForge.Testing.Oracle;

public enum OracleWindowKind
{
    Sliding,
    Tumbling,
    Hopping,
    Session,
    Lifetime,
}

/// <summary>A window of a view.</summary>
/// <param name="Size">W in microseconds, for a session its gap; 0 for lifetime.</param>
/// <param name="Every">The hop h of a hopping window in microseconds, for a tumbling one W; 0 for others.</param>
public sealed record OracleWindow(OracleWindowKind Kind, long Size, long Every = 0)
{
    private const long OneSecond = 1_000_000;

    /// <summary>The lengths, in seconds, that a default tile may have: 1s, 5s, 10s, 30s, 1m, 5m, 15m, 1h, 6h, 1d.</summary>
    private static readonly long[] DefaultTiles = [1, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];

    public static OracleWindow Lifetime { get; } = new(OracleWindowKind.Lifetime, 0);

    public static OracleWindow Sliding(long size) => new(OracleWindowKind.Sliding, size);

    public static OracleWindow Tumbling(long size) => new(OracleWindowKind.Tumbling, size, size);

    public static OracleWindow Hopping(long size, long every) => new(OracleWindowKind.Hopping, size, every);

    public static OracleWindow Session(long gap) => new(OracleWindowKind.Session, gap);

    /// <summary>As in feature names: <c>1h</c>, <c>tumbling_1d</c>, <c>hopping_1h_5m</c>, <c>session_30m</c>, <c>lifetime</c>.</summary>
    public string Name => Kind switch
    {
        OracleWindowKind.Sliding => SizeText,
        OracleWindowKind.Tumbling => "tumbling_" + SizeText,
        OracleWindowKind.Hopping => $"hopping_{SizeText}_{Text(Every)}",
        OracleWindowKind.Session => "session_" + SizeText,
        _ => "lifetime",
    };

    /// <summary>Whether instances of the window end and are emitted.</summary>
    public bool Closes => Kind is OracleWindowKind.Tumbling or OracleWindowKind.Hopping or OracleWindowKind.Session;

    /// <summary>The size as a pipeline file writes it: an integer and the largest of d, h, m, s, ms, us that divides it.</summary>
    public string SizeText => Text(Size);

    /// <summary>The window as a pipeline file writes it.</summary>
    public string Written => Kind switch
    {
        OracleWindowKind.Sliding => SizeText,
        OracleWindowKind.Tumbling => $$"""{tumbling: {{SizeText}}}""",
        OracleWindowKind.Hopping => $$"""{hopping: {{SizeText}}, every: {{Text(Every)}}}""",
        OracleWindowKind.Session => $$"""{session: {{SizeText}}}""",
        _ => "lifetime",
    };

    private static string Text(long duration)
    {
        (string Unit, long Micros)[] units = [("d", 86_400 * OneSecond), ("h", 3600 * OneSecond), ("m", 60 * OneSecond), ("s", OneSecond), ("ms", 1000), ("us", 1)];
        var (unit, micros) = units.First(u => duration % u.Micros == 0);
        return $"{duration / micros}{unit}";
    }

    /// <summary>The largest multiple of <paramref name="step"/> at or before <paramref name="time"/>, also before 1970.</summary>
    public static long Floor(long time, long step)
    {
        var rest = time % step;
        return rest < 0 ? time - rest - step : time - rest;
    }

    /// <summary>
    /// The tile length r: the view's, else W/60 rounded down to one of the default lengths, 1s at least, and never above W.
    /// A tumbling or hopping window must be cut into whole tiles, and so must its hop: its default is the longest such length that divides both, or what divides all three. 0 for lifetime.
    /// </summary>
    public long TileLength(long? resolutionOfView)
    {
        if (Kind == OracleWindowKind.Lifetime) return 0;
        var whole = Every == 0 ? 0 : (long)BigInteger.GreatestCommonDivisor(Size, Every);
        if (resolutionOfView is { } given)
        {
            if (given <= 0 || given > Size || whole % given != 0)
                throw new ArgumentException($"window {Name} cannot be made of tiles of {given} us", nameof(resolutionOfView));
            return given;
        }
        if (Size < OneSecond) return Every == 0 ? Size : whole;
        var lengths = DefaultTiles.Select(s => s * OneSecond).Where(r => r <= Math.Max(Size / 60, OneSecond)).ToList();
        if (Every == 0) return lengths[^1];
        return lengths.Where(r => whole % r == 0).DefaultIfEmpty((long)BigInteger.GreatestCommonDivisor(whole, lengths[^1])).Last();
    }
}
