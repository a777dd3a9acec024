using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Embedded.Sinks.Iceberg;

namespace StreamForge.Tests.Lake;

public sealed class PartitionGroupsTests
{
    [Fact]
    public void Rows_of_equal_values_come_together_in_their_order_and_no_row_is_lost()
    {
        var groups = new PartitionGroups();
        var rows = (from number in Gen.Choose(-2, 2) from text in Gen.Elements<string?>(null, "", "a", "ab", "b") from flag in Gen.Elements<bool?>(null, true, false) select (number, text, flag)).ArrayOf().ToArbitrary();
        Prop.ForAll(rows, given =>
        {
            Column[] columns = [new Int64Column(DataType.BigInt, 4), new BytesColumn(DataType.String, 4), new BooleanColumn(4)];
            foreach (var (number, text, flag) in given)
            {
                ((Int64Column)columns[0]).Append(number);
                if (text is null) columns[1].AppendNull();
                else ((BytesColumn)columns[1]).Append(text);
                if (flag is null) columns[2].AppendNull();
                else ((BooleanColumn)columns[2]).Append(flag.Value ? (byte)1 : (byte)0);
            }
            groups.Split(columns, given.Length);
            var expected = given.Select((value, row) => (value, row)).GroupBy(g => g.value, g => g.row).Select(g => string.Join(',', g)).Order(StringComparer.Ordinal);
            Assert.Equal(expected, Enumerable.Range(0, groups.Count).Select(g => string.Join(',', groups.Rows(g).ToArray())).Order(StringComparer.Ordinal));
            foreach (var column in columns) column.Release();
        }).QuickCheckThrowOnFailure();
    }
}
