using StreamForge.Core;

namespace StreamForge.Features.Windows;

/// <summary>How windows are cut into tiles. All lengths and times in microseconds.</summary>
public static class WindowMath
{
    private static readonly long[] Resolutions =
    [
        EventTime.Day, 6 * EventTime.Hour, EventTime.Hour, 15 * EventTime.Minute, 5 * EventTime.Minute, EventTime.Minute,
        30 * EventTime.Second, 10 * EventTime.Second, 5 * EventTime.Second, EventTime.Second,
    ];

    /// <summary>
    /// The default tile length of a window: a sixtieth of it, rounded down to 1s, 5s, 10s, 30s, 1m, 5m, 15m, 1h, 6h or 1d; 1s below that,
    /// and never more than the window itself.
    /// </summary>
    public static long DefaultResolution(long size)
    {
        foreach (var resolution in Resolutions)
        {
            if (resolution <= size / 60) return resolution;
        }
        return Math.Min(EventTime.Second, size);
    }

    /// <summary>The default tile length of a window whose start is fixed: as <see cref="DefaultResolution"/>, but dividing the window and its hop.</summary>
    public static long DividingResolution(long size, long every)
    {
        var start = DefaultResolution(size);
        var divisor = GreatestCommonDivisor(size, every);
        foreach (var resolution in Resolutions)
        {
            if (resolution <= start && divisor % resolution == 0) return resolution;
        }
        return GreatestCommonDivisor(divisor, start);
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
