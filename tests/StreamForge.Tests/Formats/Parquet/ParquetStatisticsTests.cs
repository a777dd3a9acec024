using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;

namespace StreamForge.Tests.Formats.Parquet;

public class ParquetStatisticsTests
{
    [Fact]
    public async Task Bounds_leave_NaN_out_and_give_zeros_both_signs()
    {
        var column = new DoubleColumn(4);
        foreach (var value in new[] { double.NaN, 0.0, -0.0, double.NaN }) column.Append(value);
        column.AppendNull();
        var (statistics, metrics) = await WriteAsync(DataType.Double, column);
        Assert.Equal(1, statistics.Nulls);
        Assert.Equal(2, metrics.NaNs);
        foreach (var bounds in new[] { statistics.Bounds!, metrics.Bounds! })
        {
            Assert.True(double.IsNegative(((DoubleColumn)bounds)[0]));
            Assert.False(double.IsNegative(((DoubleColumn)bounds)[1]));
        }
    }

    [Fact]
    public async Task A_column_of_NaN_or_nulls_has_no_bounds()
    {
        var column = new DoubleColumn(4);
        column.Append(double.NaN);
        column.AppendNull();
        var (statistics, metrics) = await WriteAsync(DataType.Double, column);
        Assert.Null(statistics.Bounds);
        Assert.Null(metrics.Bounds);
    }

    [Fact]
    public async Task Long_texts_are_cut_at_a_character_and_the_upper_bound_is_counted_up()
    {
        var low = new string('a', 63) + "é and more";
        var high = new string('z', 60) + "😀😀";
        var column = new BytesColumn(DataType.String, 2);
        column.Append(low);
        column.Append(high);
        var (statistics, metrics) = await WriteAsync(DataType.String, column);
        Assert.Equal(new string('a', 63), ParquetData.Show(statistics.Bounds!, 0));
        Assert.Equal(new string('z', 60) + "😁", ParquetData.Show(statistics.Bounds!, 1));
        Assert.False(statistics.MinExact);
        Assert.False(statistics.MaxExact);
        Assert.Equal([low, high], [ParquetData.Show(metrics.Bounds!, 0), ParquetData.Show(metrics.Bounds!, 1)]);
    }

    [Fact]
    public async Task An_upper_bound_that_cannot_be_counted_up_is_left_out()
    {
        var column = new BytesColumn(DataType.Bytes, 1);
        column.Append(Enumerable.Repeat((byte)0xFF, 100).ToArray());
        var (statistics, _) = await WriteAsync(DataType.Bytes, column);
        Assert.False(statistics.Bounds!.IsNull(0));
        Assert.True(statistics.Bounds.IsNull(1));
    }

    [Fact]
    public async Task The_last_character_that_can_is_counted_up()
    {
        var column = new BytesColumn(DataType.String, 1);
        column.Append(new string('x', 57) + "\uD7FF" + "\U0010FFFF" + "tail");
        var (statistics, _) = await WriteAsync(DataType.String, column);
        Assert.Equal(new string('x', 57) + "\uE000", ParquetData.Show(statistics.Bounds!, 1));
    }

    [Fact]
    public async Task Decimals_compare_as_numbers()
    {
        var type = DataType.Decimal(38, 2);
        var column = new DecimalColumn(type, 3);
        foreach (var value in new[] { -5, 300, -Decimal128.Power(37) }) column.Append(value);
        var (statistics, metrics) = await WriteAsync(type, column);
        Assert.Equal([-Decimal128.Power(37), 300], ((DecimalColumn)statistics.Bounds!).Values.ToArray());
        Assert.Equal([-Decimal128.Power(37), 300], ((DecimalColumn)metrics.Bounds!).Values.ToArray());
        Assert.True(statistics.MinExact && statistics.MaxExact);
    }

    private static async Task<(ParquetStatistics Statistics, ColumnMetrics Metrics)> WriteAsync(DataType type, Column column)
    {
        var (file, metrics) = ParquetData.Write([new DataFileColumn("c", type, 1)], [column]);
        await using var parquet = await ParquetData.OpenAsync(file);
        return (parquet.RowGroups[0].Statistics(0), metrics.Columns[0]);
    }
}
