using System.Numerics;

namespace StreamForge.Testing.Oracle;

public enum OracleWindowKind
{
    Sliding,
    Tumbling,
    Lifetime,
}

/// <summary>A window of a view.</summary>
/// <param name="Size">W in microseconds; 0 for lifetime.</param>
public sealed record OracleWindow(OracleWindowKind Kind, long Size)
{
    private const long OneSecond = 1_000_000;

    /// <summary>The lengths, in seconds, that a default tile may have: 1s, 5s, 10s, 30s, 1m, 5m, 15m, 1h, 6h, 1d.</summary>
    private static readonly long[] DefaultTiles = [1, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];

    public static OracleWindow Lifetime { get; } = new(OracleWindowKind.Lifetime, 0);

    public static OracleWindow Sliding(long size) => new(OracleWindowKind.Sliding, size);

    public static OracleWindow Tumbling(long size) => new(OracleWindowKind.Tumbling, size);

    /// <summary>As in feature names: <c>1h</c>, <c>tumbling_1d</c>, <c>lifetime</c>.</summary>
    public string Name => Kind switch
    {
        OracleWindowKind.Sliding => SizeText,
        OracleWindowKind.Tumbling => "tumbling_" + SizeText,
        _ => "lifetime",
    };

    /// <summary>The size as a pipeline file writes it: an integer and the largest of d, h, m, s, ms, us that divides it.</summary>
    public string SizeText
    {
        get
        {
            (string Unit, long Micros)[] units = [("d", 86_400 * OneSecond), ("h", 3600 * OneSecond), ("m", 60 * OneSecond), ("s", OneSecond), ("ms", 1000), ("us", 1)];
            var (unit, micros) = units.First(u => Size % u.Micros == 0);
            return $"{Size / micros}{unit}";
        }
    }

    /// <summary>The largest multiple of <paramref name="step"/> at or before <paramref name="time"/>, also before 1970.</summary>
    public static long Floor(long time, long step)
    {
        var rest = time % step;
        return rest < 0 ? time - rest - step : time - rest;
    }

    /// <summary>
    /// The tile length r: the view's, else W/60 rounded down to one of the default lengths, 1s at least, and never above W.
    /// A tumbling window must be cut into whole tiles, so its default is the longest such length that divides W, or what divides both. 0 for lifetime.
    /// </summary>
    public long TileLength(long? resolutionOfView)
    {
        if (Kind == OracleWindowKind.Lifetime) return 0;
        if (resolutionOfView is { } given)
        {
            if (given <= 0 || given > Size || (Kind == OracleWindowKind.Tumbling && Size % given != 0))
                throw new ArgumentException($"window {Name} cannot be made of tiles of {given} us", nameof(resolutionOfView));
            return given;
        }
        if (Size < OneSecond) return Size;
        var lengths = DefaultTiles.Select(s => s * OneSecond).Where(r => r <= Math.Max(Size / 60, OneSecond)).ToList();
        if (Kind == OracleWindowKind.Sliding) return lengths[^1];
        return lengths.Where(r => Size % r == 0).DefaultIfEmpty((long)BigInteger.GreatestCommonDivisor(Size, lengths[^1])).Last();
    }
}
