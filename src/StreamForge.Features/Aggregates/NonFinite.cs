using System.Runtime.InteropServices;

namespace StreamForge.Features.Aggregates;

/// <summary>How many values are no finite numbers: they are counted beside a sum, so that it is whole again once they have been taken out.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NonFinite
{
    public long NotANumber;
    public long Positive;
    public long Negative;

    /// <summary>Counts a value that is not finite.</summary>
    /// <param name="times">1, or -1 when it is taken out.</param>
    /// <returns>false for a finite value, which is not counted.</returns>
    public bool Take(double value, int times)
    {
        if (double.IsFinite(value)) return false;
        if (double.IsNaN(value)) NotANumber += times;
        else if (value > 0) Positive += times;
        else Negative += times;
        return true;
    }

    public void Add(in NonFinite other)
    {
        NotANumber += other.NotANumber;
        Positive += other.Positive;
        Negative += other.Negative;
    }

    /// <summary>What a sum with these values comes to, of which <paramref name="finite"/> is the rest.</summary>
    public readonly double SumWith(double finite)
    {
        if (NotANumber > 0 || (Positive > 0 && Negative > 0)) return double.NaN;
        return Positive > 0 ? double.PositiveInfinity : Negative > 0 ? double.NegativeInfinity : finite;
    }

    public readonly bool Any => NotANumber > 0 || Positive > 0 || Negative > 0;

    /// <summary>Whether a count is above or below zero.</summary>
    public readonly bool IsCounted => (NotANumber | Positive | Negative) != 0;
}
