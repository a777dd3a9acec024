using StreamForge.Core;

namespace StreamForge.Tests.Plans;

public sealed class TableSinkTests
{
    private static string Sink(string partitionBy, string name = "lake") => $"  {name}: {{type: iceberg, input: s, table: a.b, partition_by: [{partitionBy}]}}\n";

    [Theory]
    [InlineData("country", "country", "country")]
    [InlineData("day(t)", "day(t)", "t_day")]
    [InlineData("\" MONTH ( shipped ) \"", "month(shipped)", "shipped_month")]
    [InlineData("\"bucket(16, user)\"", "bucket(16, user)", "user_bucket")]
    [InlineData("\"truncate(2,country)\"", "truncate(2, country)", "country_trunc")]
    [InlineData("date", "day(_event_time)", "_event_time_day")]
    [InlineData("hour", "hour(_event_time)", "_event_time_hour")]
    [InlineData("year(_ingest_time)", "year(_ingest_time)", "_ingest_time_year")]
    public void A_partition_is_a_column_or_a_transform_of_one(string text, string term, string name)
    {
        var found = Assert.Single(PlanCase.Plan("sinks:\n" + Sink(text)).Sinks[0].PartitionBy);
        Assert.Equal((term, name), (found.ToString(), found.Name));
    }

    [Fact]
    public void A_column_of_the_name_goes_before_the_event_times_date()
    {
        var columns = new Schema([new("t", DataType.TimestampTz), new("date", DataType.Date)]);
        Assert.Equal("date", Assert.Single(PlanCase.Plan("sinks:\n" + Sink("date"), columns).Sinks[0].PartitionBy).Column);
    }

    [Theory]
    [InlineData("contry", "unknown column 'contry'; did you mean 'country'?")]
    [InlineData("day(shiped)", "unknown column 'shiped'; did you mean 'shipped'?")]
    [InlineData("days(t)", "unknown partition transform 'days'; did you mean 'day'?")]
    [InlineData("day", "'day' needs a column, such as day(t)")]
    [InlineData("day(t", "'day(t' lacks its closing parenthesis; write day(t)")]
    [InlineData("bucket(user)", "'bucket' takes a whole number from 1 on and a column, such as bucket(16, t)")]
    [InlineData("\"bucket(0, user)\"", "'bucket' takes a whole number from 1 on and a column, such as bucket(16, t)")]
    [InlineData("day(country)", "day takes a date or a timestamp, but country is a string")]
    [InlineData("\"bucket(4, price)\"", "bucket takes an integer, a decimal, a date, a timestamp, a string or bytes, but price is a double")]
    [InlineData("\"truncate(4, gift)\"", "truncate takes an integer, a decimal, a string or bytes, but gift is a boolean")]
    [InlineData("price", "a table is not partitioned by the values of a double, which price is; compute a column of fewer values, such as FLOOR(price)")]
    public void A_wrong_partition_is_a_fault_at_its_place_that_says_what_would_be_right(string text, string sentence) =>
        Assert.Equal([$"2:{(text[0] == '"' ? 63 : 62)}: {sentence}"], PlanCase.Faults("sinks:\n" + Sink(text)));

    [Fact]
    public void A_partition_is_named_once() => Assert.EndsWith(": the table is partitioned by user like this already; remove bucket(8, user)", Assert.Single(PlanCase.Faults("sinks:\n" + Sink("\"bucket(4, user)\", \"bucket(8, user)\""))), StringComparison.Ordinal);

    [Fact]
    public void Two_sinks_of_one_table_agree_on_its_partitions()
    {
        Assert.Empty(PlanCase.Faults("sinks:\n" + Sink("day(t)") + Sink("day(t)", "other")));
        Assert.Equal(
            ["3:43: the sink lake writes into a.b too, partitioned by day(t), not by country; give both the same 'partition_by'"],
            PlanCase.Faults("sinks:\n" + Sink("day(t)") + Sink("country", "other")));
    }

    [Theory]
    [InlineData("_op")]
    [InlineData("_Source_Position")]
    [InlineData("_event_time")]
    [InlineData("_ingest_time")]
    public void The_columns_that_every_table_has_are_not_the_sinks_to_name(string column)
    {
        var fault = Assert.Single(PlanCase.Faults($"transformations:\n  - {{name: x, type: sql_transform, input: s, sql: \"SELECT user AS {column} FROM s\"}}\nsinks:\n  lake: {{type: iceberg, input: x, table: a.b}}\n"));
        Assert.Equal($"4:32: the column '{column}' of x has a name that every table keeps for itself; rename it in a transformation, such as {column.Trim('_')}", fault);
    }

    [Fact]
    public void Columns_that_differ_only_in_case_are_refused()
    {
        var fault = Assert.Single(PlanCase.Faults("transformations:\n  - {name: x, type: sql_transform, input: s, sql: \"SELECT user AS a, country AS A FROM s\"}\nsinks:\n  lake: {type: iceberg, input: x, table: a.b}\n"));
        Assert.Contains("the columns 'a' and 'A' of x differ only in case", fault, StringComparison.Ordinal);
    }
}
