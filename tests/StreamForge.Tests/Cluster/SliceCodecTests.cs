using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Tests.Plans;

namespace StreamForge.Tests.Cluster;

/// <summary>Slices as bytes and back, and how a batch is cut into them.</summary>
public class SliceCodecTests
{
    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    private static readonly PipelinePlan Plan = PlanCase.Plan("""
        features:
          - view: v
            input: s
            entity: [user]
            windows: [1h, lifetime]
            aggregates:
              - {name: n, function: count}
              - {name: paid, function: count, where: "price > 1"}
              - {name: spend, function: sum, of: amount, where: "price > 1"}
              - {name: price, function: avg, of: price}
              - {name: most, function: max, of: price}
              - {name: items, function: sum, of: quantity}
              - {name: note, function: last, of: note}
              - {name: when, function: last, of: shipped}
              - {name: gifts, function: distinct, of: country, where: gift}
        """);

    private static BatchOrigin Origin { get; } = new(new PartitionId("s", 9), "orders/9");

    private static ViewPlan View => Plan.Views[0];

    [Fact]
    public void Slices_come_back_as_they_were_and_shared_columns_stay_shared() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var view = random.Next(2) == 0 ? View : Floored(random);
        var (rows, positions) = Rows(random, random.Next(1, 200), view);
        var part = new SlicePart();
        var keys = Enumerable.Range(0, random.Next(1, 40)).Select(i => Key(random, i)).ToArray();
        var sent = keys.Select(key => (Key: key, Rows: Pick(random, positions.Length))).Select(s => (s.Key, s.Rows, Previous: random.Next(2) == 0 ? 0 : random.NextInt64(1, positions[s.Rows[0]] + 1))).ToArray();
        foreach (var (key, picked, previous) in sent) part.Add(key, previous, picked);
        var codec = new SliceCodec(view);
        var decoded = codec.Decode(new SliceBatch(0, 7, codec.Encode(rows, positions, part, Origin)));
        Assert.Equal(keys.Length, decoded.Count);
        for (var k = 0; k < keys.Length; k++)
        {
            var slice = decoded[k];
            Same(slice, sent[k].Key, sent[k].Previous, rows, positions, sent[k].Rows);
            // And once more, alone, as it travels to a key that is active elsewhere.
            Same(codec.Decode(new SliceBatch(0, 7, codec.Encode(slice)))[0], sent[k].Key, sent[k].Previous, rows, positions, sent[k].Rows);
        }
        for (var slot = 0; slot < view.SlotInputs.Length; slot++)
        {
            for (var other = 0; other < slot; other++)
            {
                if (rows.Conditions[slot] is { } condition && ReferenceEquals(condition, rows.Conditions[other]))
                    Assert.Same(decoded.Rows.Conditions[slot], decoded.Rows.Conditions[other]);
            }
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_that_are_cut_off_are_refused_as_corrupt() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var (rows, positions) = Rows(random, random.Next(1, 60), View);
        var part = new SlicePart();
        part.Add(Key(random, 0), 0, Pick(random, positions.Length));
        var codec = new SliceCodec(View);
        var payload = codec.Encode(rows, positions, part, Origin);
        var error = Assert.Throws<StreamForgeException>(() => codec.Decode(new SliceBatch(0, 0, payload[..random.Next(payload.Length)])));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cutting_gives_every_row_once_to_the_owner_of_its_key_and_each_key_one_slice() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        // Some users' keys agree in the bits that slices are sorted by, so that their rows come interleaved.
        var users = Enumerable.Range(0, 20).Select(_ => (long)random.Next(50)).Concat(Colliding).ToArray();
        using var read = Read(random, [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => users[random.Next(users.Length)])]);
        var stage = new PartitionStage(Plan, Plan.Sources[0], 0, shards: 1, new PipelineWatermark(1), TimeProvider.System, StageState.Start);
        var slice = stage.Process(read).Slices.Single();
        var expected = Enumerable.Range(0, slice.Count).Select(i => slice.Order[i]).GroupBy(r => Convert.ToHexString(slice.Keys[r]))
            .ToDictionary(g => g.Key, g => g.Order().Select(r => (slice.Positions[r], slice.Rows.Times[r])).ToArray());
        var placement = new PlacementTable([.. Enumerable.Range(0, random.Next(1, 5)).Select(i => new SiloId($"silo-{i}"))]);
        var codec = new SliceCodec(View);
        var asked = new Dictionary<string, long>();
        var parts = new SliceCutter(View, codec).Cut(slice, 3, placement, (key, hash, next) =>
        {
            Assert.Equal(KeyGroup.Hash(key), hash);
            asked.Add(Convert.ToHexString(key), next);
            return 0;
        });
        foreach (var (silo, batch) in parts)
        {
            var decoded = codec.Decode(batch);
            for (var i = 0; i < decoded.Count; i++)
            {
                var key = decoded[i];
                Assert.Equal(silo, placement.Owner(key.Id.Group));
                Assert.True(expected.Remove(Convert.ToHexString(key.Id.Key), out var rows));
                Assert.Equal(rows, Enumerable.Range(key.From, key.Count).Select(r => (key.Positions[r], key.Rows.Times[r])));
                Assert.Equal(rows[^1].Item1 + 1, asked[Convert.ToHexString(key.Id.Key)]);
            }
        }
        Assert.Empty(expected);
        slice.Release();
        return true;
    }).QuickCheckThrowOnFailure();

    /// <summary>Two users whose keys' hashes end in the same 16 bits.</summary>
    private static long[] Colliding { get; } = FindColliding();

    private static long[] FindColliding()
    {
        var seen = new Dictionary<ulong, long>();
        for (var user = 1000L; ; user++)
        {
            var bits = KeyGroup.Hash(KeyCodec.FromText(View.Description.Entity, new Dictionary<string, string> { ["user"] = $"{user}" })) & 0xFFFF;
            if (!seen.TryAdd(bits, user)) return [seen[bits], user];
        }
    }

    private static void Same(KeySlice slice, byte[] key, long previous, ViewRows rows, long[] positions, int[] picked)
    {
        Assert.Equal((7, rows.Ops is null ? null : Origin), (slice.Partition, slice.Origin));
        Assert.Equal(key, slice.Id.Key);
        Assert.Equal(previous, slice.Previous);
        Assert.Equal(picked.Length, slice.Count);
        for (var i = 0; i < picked.Length; i++)
        {
            var (row, was) = (slice.From + i, picked[i]);
            Assert.Equal((rows.Ops?[was], rows.Retracts(was)), (slice.Rows.Ops?[row], slice.Rows.Retracts(row)));
            Assert.Equal((positions[was], rows.Times[was], rows.Watermarks[was], rows.Orders[was]), (slice.Positions[row], slice.Rows.Times[row], slice.Rows.Watermarks[row], slice.Rows.Orders[row]));
            for (var slot = 0; slot < rows.Values.Length; slot++)
            {
                Assert.Equal(Text(rows.Values[slot], was), Text(slice.Rows.Values[slot], row));
                Assert.Equal(Text(rows.Conditions[slot], was), Text(slice.Rows.Conditions[slot], row));
            }
        }
    }

    private static string Text(Column? column, int row) => column is null ? "none" : RandomColumns.Text(column, row);

    private static byte[] Key(Random random, int number)
    {
        var key = new byte[random.Next(1, 30)];
        random.NextBytes(key);
        key[0] = (byte)number;
        return key;
    }

    private static int[] Pick(Random random, int rows)
    {
        var picked = Enumerable.Range(0, rows).Where(_ => random.Next(4) == 0).ToArray();
        return picked.Length == 0 ? [random.Next(rows)] : picked;
    }

    /// <summary>The view as it is after some of its slots have begun over rows that had been read.</summary>
    private static ViewPlan Floored(Random random) => PlanFloors.With(View, new ViewFloors(
        EventTime.MinValue, [.. View.SlotInputs.Select(_ => random.Next(3) is var floor && floor == 0 ? EventTime.MinValue : floor)], [.. View.Layout.Series.Select(static _ => EventTime.MinValue)], EventTime.MinValue));

    private static (ViewRows Rows, long[] Positions) Rows(Random random, int count, ViewPlan view)
    {
        var masks = new Dictionary<(int Condition, long Floor), BooleanColumn>();
        BooleanColumn Masked((int Condition, long Floor) key) =>
            masks.TryGetValue(key, out var mask) ? mask : masks[key] = (BooleanColumn)RandomColumns.Of(DataType.Boolean, count, random);
        Column[] columns = [.. view.Expressions.Select(e => RandomColumns.Of(e.Type, count, random))];
        long[] Numbers() => [.. Enumerable.Range(0, count).Select(_ => RandomColumns.Number(random))];
        var rows = new ViewRows
        {
            Times = Numbers(),
            Watermarks = Numbers(),
            Orders = Numbers(),
            Ops = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, count).Select(_ => (byte)"cudrb"[random.Next(5)])],
            Values = [.. view.SlotInputs.Select(s => s.Value < 0 ? null : columns[s.Value])],
            Conditions =
            [
                .. view.SlotInputs.Select((s, slot) => view.Floors?.Slots[slot] is { } floor && floor > EventTime.MinValue ? Masked((s.Condition, floor)) : s.Condition < 0 ? null : (BooleanColumn)columns[s.Condition]),
            ],
        };
        var position = random.NextInt64(1, 1L << random.Next(1, 60));
        return (rows, [.. Enumerable.Range(0, count).Select(_ => position += random.Next(0, 3))]);
    }

    private sealed class NoRaw : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => "raw"u8;
    }

    private static SourceBatch Read(Random random, long[] users)
    {
        var columns = Plan.Sources[0].Columns.Fields.Select(f => RandomColumns.Of(f.Type, users.Length, random)).ToArray();
        var schema = Plan.Sources[0].Columns;
        var headers = new RowHeaders(users.Length);
        var user = new Int64Column(DataType.BigInt, users.Length);
        var time = new Int64Column(DataType.TimestampTz, users.Length);
        for (var i = 0; i < users.Length; i++)
        {
            headers.Positions[i] = 100 + 2 * i;
            user.Append(users[i]);
            time.Append(1_700_000_000_000_000 + i);
        }
        columns[schema.IndexOf("user")] = user;
        columns[schema.IndexOf("t")] = time;
        return new SourceBatch(new ColumnBatch(schema, columns, headers, new BatchOrigin(new PartitionId("s", 0), "")), new NoRaw(), [], PartitionCursor.Start, 1);
    }
}
