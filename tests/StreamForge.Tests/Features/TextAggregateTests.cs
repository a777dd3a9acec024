using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

public sealed class TextAggregateTests
{
    private static string Result(string function, DataType type, params string[] texts)
    {
        var column = new BytesColumn(type, texts.Length);
        foreach (var text in texts) column.Append(text);
        var accumulator = new Accumulator(AggregateFactory.Create(function, type, 1).Aggregate!);
        for (var row = 0; row < texts.Length; row++) accumulator.Add(column, row, time: row, order: row);
        column.Release();
        return accumulator.Finish().Text;
    }

    [Fact]
    public void Text_is_ordered_by_code_point_and_not_by_UTF16_unit()
    {
        // U+FFFD comes before U+1F600, though its UTF-16 unit comes after the surrogates.
        Assert.Equal("😀", Result("max", DataType.String, "\uFFFD", "😀", "z"));
        Assert.Equal("\uFFFD", Result("min", DataType.String, "\uFFFD", "😀"));
        Assert.Equal("Z", Result("min", DataType.String, "a", "Z", "é"));
        Assert.Equal("a", Result("min", DataType.String, "ab", "a", "abc"));
        Assert.Equal("", Result("min", DataType.String, "a", ""));
        Assert.Equal("abc", Result("max", DataType.String, "ab", "a", "abc"));
    }

    [Fact]
    public void Bytes_come_out_as_base64() => Assert.Equal("YWI=", Result("last", DataType.Bytes, "x", "ab"));

    [Fact]
    public void A_shorter_text_takes_the_place_of_a_longer_one_without_its_tail()
    {
        Assert.Equal("b", Result("last", DataType.String, "a long text that needs room", "b"));
        Assert.Equal("", Result("last", DataType.String, "text", ""));
        Assert.Equal("another long text that needs room", Result("last", DataType.String, "b", "another long text that needs room"));
    }

    [Fact]
    public void Ties_of_time_break_by_order_whichever_comes_first()
    {
        var column = new BytesColumn(DataType.String, 2);
        column.Append("first");
        column.Append("second");
        foreach (var rows in (int[][])[[0, 1], [1, 0]])
        {
            foreach (var (function, expected) in (IEnumerable<(string, string)>)[("first", "first"), ("last", "second")])
            {
                var accumulator = new Accumulator(AggregateFactory.Create(function, DataType.String, 1).Aggregate!);
                foreach (var row in rows) accumulator.Add(column, row, time: 7, order: row);
                Assert.Equal(expected, accumulator.Finish().Text);
            }
        }
        column.Release();
    }
}
