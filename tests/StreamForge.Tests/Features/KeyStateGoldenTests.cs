using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Testing;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

/// <summary>
/// One state of every sort of accumulator, byte by byte. A difference means that states kept by an earlier version are read wrongly: raise
/// <see cref="Region.Format"/>, or the aggregate's version, before changing the file.
/// </summary>
public sealed class KeyStateGoldenTests
{
    private static string Golden => Path.Combine(RepositoryFiles.Root, "tests", "golden", "key-state-v1.hex");

    [Fact]
    public void The_stored_bytes_of_a_key_have_not_changed()
    {
        var state = Build(out _);
        var lines = state.Chunk(32).Select(Convert.ToHexString).ToArray();
        Assert.Equal(1, Region.Format);
        Assert.Equal(File.ReadAllLines(Golden), lines);
    }

    [Fact]
    public void The_kept_bytes_are_understood()
    {
        Build(out var layout);
        var state = File.ReadAllLines(Golden).SelectMany(Convert.FromHexString).ToArray();
        var values = new FeatureValue[layout.Features.Length];
        new StreamForge.Features.Reads.WindowReader().Read(layout, state, 400, Region.NewestOf(state), values, new (long, long)[layout.Windows.Length]);
        Assert.Equal("u1", System.Text.Encoding.UTF8.GetString(Region.KeyOf(state)[2..]));
        Assert.Equal(
            [
                "2", "8", "13", "28", "1.425", "2.7", "4.00", "-8.00", "2", "-1", "true", "true", "c", "aé", "h", "h", "6", "0", "2", "8", "2", "7",
            ],
            values.Select(v => v.ToString()));
    }

    private static byte[] Build(out ViewLayout layout)
    {
        var (n, d, m, b, s) = (new Int64Column(DataType.BigInt, 8), new DoubleColumn(8), new DecimalColumn(DataType.Decimal(10, 2), 8), new BooleanColumn(8), new BytesColumn(DataType.String, 8));
        string[] texts = ["e", "aé", "d", "d", "x", "b", "c", "h"];
        long[] times = [5, 17, 50, 120, 131, 250, 305, 390];
        for (var i = 0; i < 8; i++)
        {
            n.Append(i);
            d.Append(i / 8.0 - 0.1);
            m.Append(i * 100 - 450);
            b.Append((byte)(i % 2));
            s.Append(texts[i]);
        }
        (string Function, Column? Of)[] slots =
            [("count", null), ("sum", n), ("sum", d), ("sum", m), ("avg", m), ("max", b), ("min", s), ("last", s), ("first", n), ("distinct", n), ("distinct", s)];
        layout = Layout(slots);
        var rows = new ViewRows
        {
            Times = times,
            Watermarks = [EventTime.MinValue, 0, 10, 40, 110, 120, 240, 295],
            Orders = [0, 1, 2, 3, 4, 5, 6, 7],
            Values = [.. slots.Select(x => x.Of)],
            Conditions = new BooleanColumn?[slots.Length],
        };
        var region = new byte[100_000];
        Region.Initialize(region, layout, "s\u0002u1"u8);
        for (var row = 0; row < 8; row++) Assert.True(new Region(region, layout).TryAdd(rows, row, out _));
        var state = new byte[new Region(region, layout).CompactSize];
        new Region(region, layout).CopyTo(state);
        return state;
    }

    private static ViewLayout Layout((string Function, Column? Of)[] inputs)
    {
        var slots = new List<Slot>();
        foreach (var (function, of) in inputs)
            slots.Add(new Slot(AggregateFactory.Create(function, of?.Type, 100).Aggregate!, slots.Sum(s => s.Aggregate.Size), function));
        ImmutableArray<WindowPlan> windows = [new("100us", WindowShape.Sliding, 100, 1, 10), new("lifetime", WindowShape.Lifetime, 0, 0, 50)];
        return new ViewLayout(
            [.. slots], [new TileSeries(50, 100), new TileSeries(10, 100)], windows,
            [.. from s in Enumerable.Range(0, slots.Count) from w in Enumerable.Range(0, 2) select new FeaturePlan($"{s}_{w}", w, s, slots[s].Aggregate)], 0);
    }
}
