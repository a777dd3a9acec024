using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class ColumnTests
{
    private static void ForAny(Action<DataType, Random> property) =>
        Prop.ForAll(AnyColumn.Arbitrary(), any => property(any.Type, new Random(any.Seed))).QuickCheckThrowOnFailure();

    [Fact]
    public void Growing_keeps_what_was_appended() => ForAny((type, random) =>
    {
        var column = Column.Create(type, 0);
        var expected = new List<object?>();
        for (var i = random.Next(100); i >= 0; i--)
        {
            var one = AnyColumn.Of(type, random, 1, nulls: 0.3);
            expected.Add(AnyColumn.Value(one, 0));
            column.AppendFrom(one, 0);
            one.Release();
        }
        Assert.Equal(expected, AnyColumn.Values(column));
        Assert.Equal(expected.Count, column.Count);
        Assert.Equal(expected.Select(v => v is null ? (byte)0 : (byte)1), column.Valid.ToArray());
        Assert.Equal(expected.Contains(null), column.HasNulls);
        Assert.True(column.Capacity >= column.Count);
        column.Release();
    });

    [Fact]
    public void Gathered_rows_come_in_the_order_asked_and_as_often() => ForAny((type, random) =>
    {
        var column = AnyColumn.Of(type, random, 20, nulls: random.Next(2) * 0.3);
        var rows = Enumerable.Range(0, random.Next(60)).Select(_ => random.Next(20)).ToArray();
        var gathered = column.Gather(rows);
        Assert.Equal(rows.Select(row => AnyColumn.Value(column, row)), AnyColumn.Values(gathered));
        Assert.Equal(type, gathered.Type);
        Assert.False(!gathered.HasNulls && AnyColumn.Values(gathered).Contains(null));
        gathered.Release();
        column.Release();
    });

    [Fact]
    public void Truncated_columns_forget_their_tail_and_grow_again() => ForAny((type, random) =>
    {
        var column = AnyColumn.Of(type, random, 30, nulls: 0.2);
        var keep = random.Next(31);
        var expected = AnyColumn.Values(column).Take(keep).ToList();
        column.Truncate(keep);
        var more = AnyColumn.Of(type, random, 10, nulls: 0.2);
        for (var row = 0; row < more.Count; row++) column.AppendFrom(more, row);
        Assert.Equal(expected.Concat(AnyColumn.Values(more)), AnyColumn.Values(column));
        Assert.Throws<ArgumentOutOfRangeException>(() => column.Truncate(column.Count + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => column.Truncate(-1));
        more.Release();
        column.Release();
    });

    [Fact]
    public void The_last_release_empties_it_and_one_more_is_refused() => ForAny((type, random) =>
    {
        var column = AnyColumn.Of(type, random, 5);
        column.Retain();
        column.Release();
        Assert.Equal(5, column.Count);
        column.Release();
        Assert.Equal((0, 0), (column.Count, column.Valid.Length));
        Assert.Contains("more often", Assert.Throws<InvalidOperationException>(column.Release).Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Columns_of_nulls_have_only_nulls() => ForAny((type, random) =>
    {
        var column = Column.Nulls(type, random.Next(100));
        Assert.All(AnyColumn.Values(column), Assert.Null);
        Assert.Equal(column.Count > 0, column.HasNulls);
        column.Release();
    });

    [Fact]
    public void A_length_that_is_set_is_valid_and_zero_whatever_the_rented_arrays_held()
    {
        foreach (var type in AnyColumn.Types.Where(t => !t.IsVariableLength))
        {
            var dirty = AnyColumn.Of(type, new Random(1), 100, nulls: 0.5);
            dirty.Release();
            var column = Column.Create(type, 0);
            column.SetLength(100);
            Assert.False(column.HasNulls);
            Assert.All(AnyColumn.Values(column), value => Assert.Contains(value, new object[] { false, 0.0, 0L, (Int128)0 }));
            column.WritableValid[3] = 0;
            column.MarkNulls();
            Assert.True(column.HasNulls && column.IsNull(3) && !column.IsNull(4));
            var copy = Column.Create(type, 0);
            copy.SetLength(100);
            copy.CopyValidity(column);
            Assert.True(copy.HasNulls && copy.IsNull(3) && !copy.IsNull(4));
            copy.Release();
            column.Release();
        }
        Assert.Throws<NotSupportedException>(() => new BytesColumn(DataType.String, 1).SetLength(3));
    }

    [Fact]
    public void Bytes_written_in_place_are_rows_of_what_was_committed()
    {
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            var column = new BytesColumn(DataType.Bytes, 0);
            var expected = new List<byte[]?>();
            for (var i = random.Next(50); i >= 0; i--)
            {
                var bytes = new byte[random.Next(200)];
                random.NextBytes(bytes);
                switch (random.Next(4))
                {
                    case 0: column.Append(bytes); expected.Add(bytes); break;
                    case 1: column.AppendNull(); expected.Add(null); break;
                    case 2: column.BeginAppend(bytes.Length + 100).Fill(0xEE); break;
                    default:
                        var room = column.BeginAppend(bytes.Length + random.Next(1000));
                        bytes.CopyTo(room);
                        column.CommitAppend(bytes.Length);
                        expected.Add(bytes);
                        break;
                }
            }
            Assert.Equal(expected, Enumerable.Range(0, column.Count).Select(row => column.IsNull(row) ? null : column[row].ToArray()));
            Assert.Equal(expected.SelectMany(b => b ?? []), column.Data.ToArray());
            Assert.Equal(column.Count + 1, column.Offsets.Length);
            Assert.All(Enumerable.Range(0, column.Count), row => Assert.Equal(column[row].Length, column.Offsets[row + 1] - column.Offsets[row]));
            column.Release();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Text_goes_in_and_out_as_UTF8() => Prop.ForAll<NonNull<string>>(any =>
    {
        var text = new string([.. any.Get.Where(c => !char.IsSurrogate(c))]) + "é😀";
        var column = new BytesColumn(DataType.String, 0);
        column.Append(text);
        column.AppendNull();
        Assert.Equal((text, null), (column.GetString(0), column.GetString(1)));
        Assert.True(column[1].IsEmpty);
        column.Release();
    }).QuickCheckThrowOnFailure();
}
