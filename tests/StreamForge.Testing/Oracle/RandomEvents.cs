using System.Collections.Immutable;
using System.Numerics;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// Random events and views, the same for the same seed, and smaller versions of a case for shrinking. Events carry the columns
/// <c>quantity</c> (64-bit integer), <c>amount</c> (decimal of scale 3), <c>score</c> (double) and <c>item</c> (string); keys are <c>k0</c>, <c>k1</c>, ….
/// </summary>
public static class RandomEvents
{
    /// <summary>The scale of the <c>amount</c> column; with 38 digits of precision its largest value is 10^38 - 1 unscaled.</summary>
    public const int AmountScale = 3;

    private const long Second = 1_000_000;
    private static readonly BigInteger LargestDecimal = BigInteger.Pow(10, 38) - 1;
    private static readonly long[] Sizes = [500_000, Second, 10 * Second, 90 * Second, 600 * Second, 3600 * Second, 86_400 * Second, 30 * 86_400 * Second];

    /// <summary>A view and its events, all random.</summary>
    public static OracleCase Case(int seed)
    {
        var random = new Random(seed);
        var shape = EventShape.Random(random);
        return new(View(random, shape), Events(random, shape), []);
    }

    /// <summary>A random view over events of the given shape.</summary>
    public static OracleCase Case(int seed, EventShape shape)
    {
        var random = new Random(seed);
        return new(View(random, shape), Events(random, shape), []);
    }

    /// <summary>Events of the given shape.</summary>
    public static ImmutableArray<OracleEvent> Events(int seed, EventShape shape) => Events(new Random(seed), shape);

    /// <summary>
    /// Smaller cases that may fail in the same way, the smallest first: halves of the events, single events left out, windows and aggregates
    /// left out, values made null. All are valid cases.
    /// </summary>
    public static IEnumerable<OracleCase> Shrink(OracleCase scenario)
    {
        var events = scenario.Events;
        for (var length = events.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start < events.Length; start += length)
                yield return scenario.Without(start, Math.Min(length, events.Length - start));
        }
        for (var i = 0; i < scenario.View.Windows.Length && scenario.View.Windows.Length > 1; i++)
            yield return scenario with { View = scenario.View with { Windows = scenario.View.Windows.RemoveAt(i) } };
        for (var i = 0; i < scenario.View.Aggregates.Length && scenario.View.Aggregates.Length > 1; i++)
            yield return scenario with { View = scenario.View with { Aggregates = scenario.View.Aggregates.RemoveAt(i) } };
        for (var i = 0; i < events.Length; i++)
        {
            foreach (var column in events[i].Values.Where(v => v.Value is not null).Select(v => v.Key))
                yield return scenario with { Events = events.SetItem(i, events[i] with { Values = events[i].Values.SetItem(column, null) }) };
        }
    }

    private static OracleCase Without(this OracleCase scenario, int start, int length) => scenario with
    {
        Events = scenario.Events.RemoveRange(start, length),
        Signals = [.. scenario.Signals.Select(s => s with { Before = s.Before <= start ? s.Before : Math.Max(start, s.Before - length) })],
    };

    private static OracleView View(Random random, EventShape shape)
    {
        var windows = new HashSet<OracleWindow>();
        for (var n = random.Next(1, 4); windows.Count < n;)
        {
            windows.Add(random.Next(5) switch
            {
                0 => OracleWindow.Lifetime,
                1 or 2 => OracleWindow.Tumbling(Sizes[random.Next(Sizes.Length)]),
                _ => OracleWindow.Sliding(Sizes[random.Next(Sizes.Length)]),
            });
        }
        OracleWhere[] wheres = [new OracleComparison("quantity", ">=", 3L).AsWhere(), new OracleComparison("item", "<>", "item-1").AsWhere()];
        var aggregates = ImmutableArray.CreateBuilder<OracleAggregate>();
        for (var n = random.Next(1, 7); aggregates.Count < n;)
        {
            var function = (OracleFunction)random.Next(8);
            var numeric = function is OracleFunction.Sum or OracleFunction.Avg;
            string[] columns = numeric ? ["quantity", "amount", "score"] : ["quantity", "amount", "score", "item"];
            var of = function == OracleFunction.Count && random.Next(2) == 0 ? null : columns[random.Next(columns.Length)];
            aggregates.Add(new($"a{aggregates.Count}", function, of, random.Next(3) == 0 ? wheres[random.Next(wheres.Length)] : null));
        }
        return new(
            [.. windows], aggregates.ToImmutable(), shape.Step * random.Next(0, 4), shape.Step * random.Next(0, 20), Resolution(random, windows), shape.Partitions);
    }

    /// <summary>Mostly none; else a share of the smallest window that cuts every tumbling one into whole tiles.</summary>
    private static long? Resolution(Random random, IEnumerable<OracleWindow> windows)
    {
        var sized = windows.Where(w => w.Kind != OracleWindowKind.Lifetime).ToList();
        if (sized.Count == 0 || random.Next(4) > 0) return null;
        var resolution = sized.Min(w => w.Size) / random.Next(1, 6);
        return sized.TrueForAll(w => w.Kind == OracleWindowKind.Sliding || w.Size % resolution == 0) ? resolution : null;
    }

    private static ImmutableArray<OracleEvent> Events(Random random, EventShape shape)
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
            newest[partition] += random.NextInt64(shape.Step + 1);
            var behind = random.NextInt64(shape.Disorder + 1) * (random.NextDouble() < shape.Stragglers ? 100 : 1);
            var isTie = events.Count > 0 && random.NextDouble() < shape.Ties;
            var time = isTie ? events[^1].Time : Math.Clamp(newest[partition] - behind, Earliest, Latest);
            var key = random.NextDouble() < shape.Nulls / 10 ? null : $"k{random.Next(shape.Keys)}";
            events.Add(new(partition, time, key, Values(random, shape)));
        }
        return events.ToImmutable();
    }

    /// <summary>0001-01-01T00:00:00Z and the last microsecond of the year 9999: an event's time lies between them.</summary>
    private static long Earliest => -62_135_596_800 * Second;

    private static long Latest => 253_402_300_800 * Second - 1;

    private static ImmutableSortedDictionary<string, OracleValue?> Values(Random random, EventShape shape)
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
