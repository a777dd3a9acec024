using System.Numerics;

namespace StreamForge.Connectors.Clickstream;

/// <summary>
/// Draws ranks 1 to n with probability proportional to 1/rank, exactly, in constant memory. Ranks lie in doubling buckets [2^j, 2^(j+1)): a bucket is drawn by its
/// share, then a rank in it uniformly and kept with probability 2^j/rank, which is more than a half. Only additions, multiplications and divisions are used, which
/// all machines round alike. Immutable, safe from any thread.
/// </summary>
internal sealed class Zipf
{
    private const int DirectTerms = 1 << 16;

    private readonly int _ranks;
    private readonly double[] _cumulative;

    /// <param name="ranks">At least 1.</param>
    public Zipf(int ranks)
    {
        _ranks = ranks;
        _cumulative = new double[BitOperations.Log2((uint)ranks) + 1];
        var sum = 0.0;
        for (var bucket = 0; bucket < _cumulative.Length; bucket++)
        {
            sum += Harmonic(1L << bucket, Size(bucket));
            _cumulative[bucket] = sum;
        }
    }

    /// <summary>A rank, from 1.</summary>
    public int Next(ref SplitMix64 random)
    {
        var point = Unit(random.Next()) * _cumulative[^1];
        var bucket = 0;
        while (bucket < _cumulative.Length - 1 && point >= _cumulative[bucket]) bucket++;
        var first = 1 << bucket;
        var size = Size(bucket);
        while (true)
        {
            var rank = first + random.Next(size);
            if (size == 1 || Unit(random.Next()) * rank < first) return rank;
        }
    }

    private int Size(int bucket) => (int)Math.Min(1L << bucket, _ranks - (1L << bucket) + 1);

    /// <summary>1/first + 1/(first + 1) + … over <paramref name="count"/> terms; long sums by the midpoints of strips, whose error is far below a double's digits here.</summary>
    private static double Harmonic(long first, int count)
    {
        var strips = Math.Min(count, DirectTerms);
        var width = (double)count / strips;
        var sum = 0.0;
        for (var i = 0; i < strips; i++) sum += width / (first - 0.5 + (i + 0.5) * width);
        return sum;
    }

    private static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1L << 53));
}
