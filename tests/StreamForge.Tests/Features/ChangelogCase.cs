using System.Globalization;
using System.Numerics;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

/// <summary>
/// Rows of one key that are added and taken out again, some of them never added before, some too late for some windows. What a reader must see is counted anew from the rows for each answer, without tiles.
/// </summary>
internal sealed class ChangelogCase
{
    private readonly WindowReader _reader = new();
    private readonly List<Contribution> _contributions = [];
    private readonly int[] _images;
    private readonly List<Slot> _slots;

    // Whether a count or a sum has given out a row that it never had, as it cannot know.
    private bool _isOverdrawn;

    private static readonly string[] Functions = ["sum", "min", "max", "distinct", "count"];

    /// <param name="OfColumn">-1 for a count of rows.</param>
    private sealed record Input(string Function, int OfColumn, bool Conditional, int Slot);

    /// <param name="Image">The row whose values it has.</param>
    private readonly record struct Contribution(int Image, int Sign, long Watermark);

    public ChangelogCase(Random random, bool retracts = true)
    {
        Random = random;
        Column[] columns = [new Int64Column(DataType.BigInt, 0), new DecimalColumn(DataType.Decimal(10, 2), 0), new BooleanColumn(0)];
        RowCount = random.Next(1, 120);
        var (times, watermarks, orders, ops) = (new long[RowCount], new long[RowCount], new long[RowCount], new byte[RowCount]);
        _images = new int[RowCount];
        var live = new List<int>();
        var (newest, outOfOrderness, now) = (EventTime.MinValue, random.Next(30), random.NextInt64(-1000, 1000));
        // How far the other keys of the view, or the rows that it does not get to see, are ahead.
        var lead = random.Next(2) * random.Next(150);
        for (var row = 0; row < RowCount; row++)
        {
            // The watermark as the row came; other keys of the view may have moved it on.
            watermarks[row] = newest == EventTime.MinValue ? EventTime.MinValue : newest - outOfOrderness;
            now += random.Next(random.Next(10) == 0 ? 200 : 8);
            orders[row] = row;
            ops[row] = (byte)ChangeOp.Create;
            var taken = retracts && live.Count > 0 && random.Next(3) == 0 ? random.Next(live.Count) : -1;
            if (taken >= 0)
            {
                Copy(columns, times, live[taken], row);
                orders[row] = orders[live[taken]];
                ops[row] = (byte)(random.Next(2) == 0 ? ChangeOp.Delete : ChangeOp.Before);
                _images[row] = live[taken];
                // Now and then it is taken out again, which makes the second time an orphan.
                if (random.Next(12) > 0) live.RemoveAt(taken);
            }
            else
            {
                times[row] = now - random.Next(random.Next(5) == 0 ? 150 : 10);
                foreach (var column in columns)
                {
                    if (random.Next(6) == 0) column.AppendNull();
                    else Append(column, random);
                }
                _images[row] = row;
                if (retracts && random.Next(25) == 0) ops[row] = (byte)ChangeOp.Delete;
                else live.Add(row);
            }
            newest = Math.Max(newest, random.Next(8) == 0 ? now + lead + random.Next(40) : times[row]);
        }
        Watermark = Math.Max(newest - outOfOrderness, watermarks[^1]);
        Windows = new AnyWindows(random);
        Inputs = [new Input("count", -1, false, 0), .. Enumerable.Range(1, random.Next(4)).Select(slot => new Input(random.GetItems(Functions, 1)[0], random.Next(2), random.Next(3) == 0, slot))];
        var slots = new List<Slot>();
        foreach (var input in Inputs)
        {
            var aggregate = AggregateFactory.Create(input.Function, input.OfColumn < 0 ? null : columns[input.OfColumn].Type, new AggregateParameters(), retracts).Aggregate!;
            slots.Add(new Slot(aggregate, slots.Sum(s => s.Aggregate.Size), $"slot {slots.Count}"));
        }
        _slots = slots;
        Layout = Windows.Layout(slots, retracts);
        Reached = [.. watermarks];
        // A partition may be behind another that has brought rows of the same key.
        var isBehind = !retracts && !Windows.HasSession && random.Next(2) == 0;
        for (var row = 0; row < RowCount && isBehind; row++)
        {
            if (watermarks[row] != EventTime.MinValue && random.Next(3) == 0) watermarks[row] -= random.Next(80);
        }
        Rows = new ViewRows
        {
            Times = times,
            Watermarks = watermarks,
            Orders = orders,
            Ops = retracts ? ops : null,
            Values = [.. Inputs.Select(i => i.OfColumn < 0 ? null : columns[i.OfColumn]), .. new Column?[Layout.Slots.Length - Inputs.Length]],
            Conditions = [.. Inputs.Select(i => i.Conditional ? (BooleanColumn)columns[2] : null), .. new BooleanColumn?[Layout.Slots.Length - Inputs.Length]],
        };
    }

    public Random Random { get; }

    public AnyWindows Windows { get; }

    public ViewLayout Layout { get; }

    public ViewRows Rows { get; }

    public int RowCount { get; }

    /// <summary>The newest watermark before each row.</summary>
    public long[] Reached { get; }

    /// <summary>The layout of some of the windows alone.</summary>
    public ViewLayout LayoutOf(AnyWindows windows) => windows.Layout(_slots, Layout.Retracts);

    /// <summary>The watermark after the last row.</summary>
    public long Watermark { get; }

    private Input[] Inputs { get; }

    private static void Append(Column column, Random random)
    {
        switch (column)
        {
            case DecimalColumn decimals: decimals.Append(random.Next(-1000, 1000)); break;
            case BooleanColumn booleans: booleans.Append((byte)random.Next(2)); break;
            default: ((Int64Column)column).Append(random.Next(12)); break;
        }
    }

    private static void Copy(Column[] columns, long[] times, int from, int to)
    {
        foreach (var column in columns)
        {
            Assert.Equal(to, column.Count);
            column.AppendFrom(column, from);
        }
        times[to] = times[from];
    }

    /// <summary>The rows that a stage would hand on.</summary>
    public IEnumerable<int> Applied => Enumerable.Range(0, RowCount).Where(row => Layout.AcceptsAny(Rows.Times[row], Rows.Watermarks[row]));

    /// <summary>A fresh state with not a byte to spare.</summary>
    public byte[] Fresh()
    {
        var region = new byte[Region.InitialSize(Layout, 5)];
        Region.Initialize(region, Layout, "s\u0003key"u8);
        return region;
    }

    /// <summary>Applies a row to a region that is moved to a larger one, by exactly what is missing, as often as needed; counts it anew as well.</summary>
    /// <param name="orphan">Whether the row would take out what is not there.</param>
    public byte[] Apply(byte[] region, int row, out bool orphan)
    {
        orphan = false;
        int shortfall;
        while (!(Rows.Retracts(row)
            ? new Region(region, Layout).TryRetract(Rows, row, out shortfall, out orphan)
            : new Region(region, Layout).TryAdd(Rows, row, out shortfall)))
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

    /// <summary>Counts a row that was applied.</summary>
    public void Count(int row)
    {
        _isOverdrawn |= Rows.Retracts(row) && Held(row) <= 0;
        _contributions.Add(new Contribution(row, Rows.Retracts(row) ? -1 : 1, Rows.Watermarks[row]));
    }

    /// <summary>How often the image of a row is there.</summary>
    private int Held(int row) => _contributions.Where(c => _images[c.Image] == _images[row]).Sum(c => c.Sign);

    private bool Takes(Input input, int row) =>
        !(input.Conditional && (Rows.Conditions[input.Slot]!.IsNull(row) || Rows.Conditions[input.Slot]![row] == 0))
        && !(input.OfColumn >= 0 && Rows.Values[input.Slot]!.IsNull(row));

    /// <summary>A row's value, in hundredths.</summary>
    private BigInteger Value(Input input, int row) => input.OfColumn switch
    {
        0 => ((Int64Column)Rows.Values[input.Slot]!)[row] * 100,
        1 => (BigInteger)((DecimalColumn)Rows.Values[input.Slot]!)[row],
        _ => 0,
    };

    /// <summary>Whether taking a row out must be refused, as one of its tiles has no row left that some aggregate counts; null where that depends on what is long dropped.</summary>
    public bool? IsOrphan(int row)
    {
        var accepted = 0;
        foreach (var series in Windows.Series)
        {
            if (!series.Accepts(Rows.Times[row], Rows.Watermarks[row])) continue;
            accepted++;
            var tile = series.TileOf(Rows.Times[row]);
            foreach (var input in Inputs.Where(i => Takes(i, row)))
            {
                // What keeps values knows which it holds; a count and a sum only how many.
                var keeps = input.Function is "min" or "max" or "distinct";
                var held = _contributions.Where(c => series.Accepts(Rows.Times[c.Image], c.Watermark) && series.TileOf(Rows.Times[c.Image]) == tile && Takes(input, c.Image))
                    .Where(c => !keeps || Value(input, c.Image) == Value(input, row)).Sum(c => c.Sign);
                if (held <= 0) return true;
            }
            if (Windows.HasSession && _contributions.Where(c => series.Accepts(Rows.Times[c.Image], c.Watermark) && Rows.Times[c.Image] == Rows.Times[row]).Sum(c => c.Sign) <= 0) return true;
        }
        var isForLifetime = Windows.HasLifetime && accepted < Math.Max(1, Windows.Series.Count);
        return isForLifetime && (_isOverdrawn || Held(row) <= 0) ? null : false;
    }

    /// <summary>What the window must say: the value of each input over the rows that it took, and the interval.</summary>
    public string[] Expected(int window, long at)
    {
        var shape = Windows.Shapes[window];
        var newest = _contributions.Count == 0 ? EventTime.MinValue : _contributions.Max(c => Rows.Times[c.Image]);
        var taken = _contributions.Where(c => shape.Accepts(Windows, Rows.Times[c.Image], c.Watermark)).ToList();
        var (from, to) = shape.Interval(Windows, at, newest, taken.GroupBy(c => Rows.Times[c.Image]).Where(g => g.Sum(c => c.Sign) > 0).Select(g => g.Key));
        return
        [
            .. Inputs.Select(input =>
            {
                var values = taken.Where(c => Rows.Times[c.Image] >= from && Rows.Times[c.Image] < to && Takes(input, c.Image)).ToList();
                var count = values.Sum(c => c.Sign);
                var present = values.GroupBy(c => Value(input, c.Image)).Where(g => g.Sum(c => c.Sign) > 0).Select(g => g.Key).ToList();
                BigInteger? result = input.Function switch
                {
                    "count" => count * 100,
                    "distinct" => present.Count * 100,
                    _ when count == 0 => null,
                    "min" => present.Min(),
                    "max" => present.Max(),
                    _ => values.Aggregate(BigInteger.Zero, (sum, c) => sum + c.Sign * Value(input, c.Image)),
                };
                return result is not { } hundredths ? "null"
                    : input.OfColumn < 1 || input.Function is "count" or "distinct" ? (hundredths / 100).ToString(CultureInfo.InvariantCulture)
                    : ((decimal)hundredths / 100).ToString("0.00", CultureInfo.InvariantCulture);
            }),
            (from, to).ToString(),
        ];
    }

    /// <summary>What a reader sees of each window: the values, then the interval.</summary>
    public string[][] Read(ReadOnlySpan<byte> region, long at) => Read(Layout, region, at);

    /// <summary>As <see cref="Read(ReadOnlySpan{byte}, long)"/>, of a state in another layout.</summary>
    public string[][] Read(ViewLayout layout, ReadOnlySpan<byte> region, long at)
    {
        var values = new FeatureValue[layout.Features.Length];
        var effective = new (long From, long To)[layout.Windows.Length];
        var copy = region[..Region.UsedBytes(region)].ToArray();
        _reader.Read(layout, copy, at, Region.NewestOf(copy), values, effective);
        return
        [
            .. Enumerable.Range(0, layout.Windows.Length).Select(w => (string[])
            [
                .. Enumerable.Range(0, Inputs.Length).Select(s => values[s * layout.Windows.Length + w]).Select(v => v.Status == FeatureStatus.Present ? v.ToString() : "null"),
                effective[w].ToString(),
            ]),
        ];
    }

    public IEnumerable<long> Moments(ReadOnlySpan<byte> region)
    {
        var newest = Region.NewestOf(region);
        var around = newest == EventTime.MinValue ? 0 : newest;
        return Enumerable.Range(0, 12).Select(_ => around + Random.Next(-200, 60)).Append(around).Append(around + 1);
    }
}
