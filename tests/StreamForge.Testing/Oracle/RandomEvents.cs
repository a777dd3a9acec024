using System.Collections.Immutable;
using System.Numerics;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// Random events and cases of append sources, the same for the same seed. Events carry the columns
/// <c>quantity</c> (64-bit integer), <c>amount</c> (decimal of scale 3), <c>score</c> (double) and <c>item</c> (string); keys are <c>k0</c>, <c>k1</c>, ….
/// </summary>
public static class RandomEvents
{
    /// <summary>The scale of the <c>amount</c> column; with 38 digits of precision its largest value is 10^38 - 1 unscaled.</summary>
    public const int AmountScale = 3;

    private const long Second = 1_000_000;
    private static readonly BigInteger LargestDecimal = BigInteger.Pow(10, 38) - 1;

    /// <summary>A view and its events, all random.</summary>
    public static OracleCase Case(int seed) => RandomCases.Case(seed, CaseKinds.Append);

    /// <summary>A random view over events of the given shape.</summary>
    public static OracleCase Case(int seed, EventShape shape) => RandomCases.Case(new Random(seed), CaseKinds.Append, shape);

    /// <summary>Events of the given shape.</summary>
    public static ImmutableArray<OracleEvent> Events(int seed, EventShape shape) => Events(new Random(seed), shape);

    internal static ImmutableArray<OracleEvent> Events(Random random, EventShape shape)
    {
        var events = ImmutableArray.CreateBuilder<OracleEvent>();
        var newest = new long[shape.Partitions];
        Array.Fill(newest, shape.Start);
        while (events.Count < shape.Events)
        {
            if (events.Count > 0 && random.NextDouble() < shape.Duplicates)
            {
                events.Add(events[random.Next(events.Count)]);
                continue;
            }
            var partition = random.Next(shape.Partitions);
            var isTie = events.Count > 0 && random.NextDouble() < shape.Ties;
            var drawn = Time(random, shape, ref newest[partition]);
            var time = isTie ? events[^1].Time : drawn;
            events.Add(new(partition, time, Key(random, shape), Values(random, shape)));
        }
        return events.ToImmutable();
    }

    internal static string? Key(Random random, EventShape shape) => random.NextDouble() < shape.Nulls / 10 ? null : $"k{random.Next(shape.Keys)}";

    /// <summary>An event time that lies behind the newest, which moves on.</summary>
    internal static long Time(Random random, EventShape shape, ref long newest)
    {
        newest += random.NextInt64(shape.Step + 1);
        var behind = random.NextInt64(shape.Disorder + 1) * (random.NextDouble() < shape.Stragglers ? 100 : 1);
        return Math.Clamp(newest - behind, Earliest, Latest);
    }

    /// <summary>0001-01-01T00:00:00Z and the last microsecond of the year 9999: an event's time lies between them.</summary>
    internal static long Earliest => -62_135_596_800 * Second;

    private static long Latest => 253_402_300_800 * Second - 1;

    internal static ImmutableSortedDictionary<string, OracleValue?> Values(Random random, EventShape shape)
    {
        long[] longs = [long.MaxValue, long.MinValue, long.MaxValue - 1, 0];
        BigInteger[] decimals = [LargestDecimal, -LargestDecimal, 1, 0];
        double[] doubles = [1e15, -1e15, 1e-300, 5e-324, 9007199254740993];
        string[] texts = ["", "Größe", "\U0001F600", "\uFFFD", "a,\"b\"\n", new('x', 300)];
        var values = ImmutableSortedDictionary.CreateBuilder<string, OracleValue?>(StringComparer.Ordinal);
        values["quantity"] = Value(() => longs[random.Next(longs.Length)], () => random.NextInt64(-3, 12));
        values["amount"] = Value(() => new OracleValue.Decimal(decimals[random.Next(decimals.Length)], AmountScale), () => new OracleValue.Decimal(random.Next(-50_000, 200_000), AmountScale));
        values["score"] = Value(() => doubles[random.Next(doubles.Length)], () => Math.Round(random.NextDouble() * 100, 3) + 0.001);
        values["item"] = Value(() => texts[random.Next(texts.Length)], () => $"item-{random.Next(6)}");
        return values.ToImmutable();

        OracleValue? Value(Func<OracleValue> extreme, Func<OracleValue> usual) =>
            random.NextDouble() < shape.Nulls ? null : random.NextDouble() < shape.Extremes ? extreme() : usual();
    }
}
