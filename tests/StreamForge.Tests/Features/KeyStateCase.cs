using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;
using StreamForge.Tests.Core;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

/// <summary>A view of random windows and aggregates over random rows of one key, in microseconds small enough to try every moment.</summary>
internal sealed class KeyStateCase
{
    private static readonly (string Function, int Column)[] Fixed = [("count", -1), ("sum", 0), ("sum", 1), ("avg", 2), ("max", 1), ("first", 0)];
    private static readonly (string Function, int Column)[] OnHeap = [("min", 3), ("last", 3), ("distinct", 0), ("distinct", 3)];

    private readonly WindowReader _reader = new();

    public KeyStateCase(Random random)
    {
        Random = random;
        Column[] columns =
        [
            new Int64Column(DataType.BigInt, 0), new DoubleColumn(0), new DecimalColumn(DataType.Decimal(10, 2), 0), new BytesColumn(DataType.String, 0), new BooleanColumn(0),
        ];
        RowCount = random.Next(1, 120);
        var times = new long[RowCount];
        var watermarks = new long[RowCount];
        var (newest, outOfOrderness) = (EventTime.MinValue, random.Next(30));
        var now = random.NextInt64(-1000, 1000);
        for (var row = 0; row < RowCount; row++)
        {
            // The watermark as the row came; other keys of the view may have moved it on.
            watermarks[row] = newest == EventTime.MinValue ? EventTime.MinValue : newest - outOfOrderness;
            now += random.Next(random.Next(10) == 0 ? 200 : 8);
            times[row] = now - random.Next(random.Next(5) == 0 ? 150 : 10);
            newest = Math.Max(newest, random.Next(8) == 0 ? now + random.Next(40) : times[row]);
            foreach (var column in columns)
            {
                if (random.Next(8) == 0) column.AppendNull();
                else Append(column, random);
            }
        }
        Watermark = Math.Max(newest - outOfOrderness, watermarks[^1]);
        Layout = AnyLayout(random, columns, out var inputs);
        Rows = new ViewRows
        {
            Times = times,
            Watermarks = watermarks,
            Orders = [.. Enumerable.Range(0, RowCount).Select(i => (long)i)],
            Values = [.. inputs.Select(i => i.Value < 0 ? null : columns[i.Value])],
            Conditions = [.. inputs.Select(i => i.Conditional ? (BooleanColumn)columns[4] : null)],
        };
        Key = new byte[random.Next(1, 40)];
        random.NextBytes(Key);
    }

    public Random Random { get; }

    public ViewLayout Layout { get; }

    public ViewRows Rows { get; }

    public int RowCount { get; }

    public byte[] Key { get; }

    /// <summary>The watermark after the last row.</summary>
    public long Watermark { get; }

    /// <summary>The rows that a stage would hand on.</summary>
    public IEnumerable<int> Applied => Enumerable.Range(0, RowCount).Where(row => Layout.AcceptsAny(Rows.Times[row], Rows.Watermarks[row]));

    private static void Append(Column column, Random random)
    {
        switch (column)
        {
            case DoubleColumn doubles: doubles.Append(random.Next(-50, 50) / 8.0); break;
            case DecimalColumn decimals: decimals.Append(random.Next(-1000, 1000)); break;
            case Int64Column integers: integers.Append(random.Next(12)); break;
            default: AnyColumn.AppendAny(column, random); break;
        }
    }

    private static ViewLayout AnyLayout(Random random, Column[] columns, out List<(int Value, bool Conditional)> inputs)
    {
        // Slot 0 counts every row, so that rows can be told by what is counted.
        List<(string Function, int Column)> chosen = [("count", -1), .. random.GetItems(Fixed, random.Next(3)), .. random.GetItems(OnHeap, random.Next(3))];
        inputs = [.. chosen.Select((c, i) => (c.Column, i > 0 && random.Next(3) == 0))];
        var slots = new List<Slot>();
        foreach (var (function, column) in chosen)
        {
            var aggregate = AggregateFactory.Create(function, column < 0 ? null : columns[column].Type, random.Next(1, 10)).Aggregate!;
            slots.Add(new Slot(aggregate, slots.Sum(s => s.Aggregate.Size), $"slot {slots.Count}"));
        }
        var lateness = random.Next(2) * random.Next(40);
        var shapes = Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnyWindow(random)).ToList();
        var resolutions = shapes.Where(s => s.Resolution > 0).Select(s => s.Resolution).Distinct().OrderDescending().ToList();
        ImmutableArray<TileSeries> series = [.. resolutions.Select(r => new TileSeries(r, lateness + shapes.Where(s => s.Resolution == r).Max(s => s.Size)))];
        ImmutableArray<WindowPlan> windows =
        [
            .. shapes.Select((s, i) => s.Shape == WindowShape.Lifetime
                ? new WindowPlan($"w{i}", s.Shape, 0, series.IsEmpty ? -1 : 0, series.IsEmpty ? 0 : series[0].Resolution)
                : new WindowPlan($"w{i}", s.Shape, s.Size, resolutions.IndexOf(s.Resolution), s.Resolution)),
        ];
        ImmutableArray<FeaturePlan> features =
            [.. from s in Enumerable.Range(0, slots.Count) from w in Enumerable.Range(0, windows.Length) select new FeaturePlan($"f{s}_{w}", w, s, slots[s].Aggregate)];
        return new ViewLayout([.. slots], series, windows, features, lateness);
    }

    private static (WindowShape Shape, long Size, long Resolution) AnyWindow(Random random)
    {
        var shape = (WindowShape)random.Next(3);
        if (shape == WindowShape.Lifetime) return (shape, 0, 0);
        long resolution = random.Next(2) == 0 ? 10 : random.Next(1, 20);
        return (shape, resolution * random.Next(1, 8) + (shape == WindowShape.Sliding ? random.Next((int)resolution) : 0), resolution);
    }

    /// <summary>A fresh state with not a byte to spare.</summary>
    public byte[] Fresh()
    {
        var region = new byte[Region.InitialSize(Layout, Key.Length)];
        Region.Initialize(region, Layout, Key);
        return region;
    }

    /// <summary>Adds a row to a region that is moved to a larger one, by exactly what is missing, as often as needed.</summary>
    public byte[] Add(byte[] region, int row)
    {
        int shortfall;
        while (!new Region(region, Layout).TryAdd(Rows, row, out shortfall))
        {
            var state = new Region(region, Layout);
            Assert.True(shortfall > 0);
            var larger = new byte[state.CompactSize + shortfall];
            state.CopyTo(larger);
            region = larger;
        }
        Assert.Equal(0, shortfall);
        return region;
    }

    /// <summary>What a reader sees at a moment: one text a feature, then one a window; the text of the error when it cannot be read.</summary>
    public string[] Read(ReadOnlySpan<byte> region, long at)
    {
        var values = new FeatureValue[Layout.Features.Length];
        var effective = new (long From, long To)[Layout.Windows.Length];
        var copy = region[..Region.UsedBytes(region)].ToArray();
        try
        {
            _reader.Read(Layout, copy, at, Region.NewestOf(copy), values, effective);
        }
        catch (StreamForgeException e)
        {
            return [e.Message];
        }
        return [.. values.Select(v => v.ToString()), .. effective.Select(e => e.ToString())];
    }

    /// <summary>The interval that <see cref="Read"/> wrote.</summary>
    public static (long From, long To) Interval(string text) =>
        text.Trim('(', ')').Split(", ") is [var from, var to] ? (long.Parse(from, CultureInfo.InvariantCulture), long.Parse(to, CultureInfo.InvariantCulture)) : throw new FormatException(text);

    public IEnumerable<long> Moments(ReadOnlySpan<byte> region)
    {
        var newest = Region.NewestOf(region);
        var around = newest == EventTime.MinValue ? 0 : newest;
        return Enumerable.Range(0, 12).Select(_ => around + Random.Next(-200, 60)).Append(around).Append(around + 1);
    }
}
