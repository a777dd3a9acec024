using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Sql;

namespace StreamForge.Tests.Sql;

public class TimeTests
{
    [Theory]
    [InlineData("TIMESTAMP '2011-12-09 12:50:00'", "2011-12-09T12:50:00Z")]
    [InlineData("TIMESTAMP '2020-01-31 10:00:00' + INTERVAL '1' MONTH", "2020-02-29T10:00:00Z")]
    [InlineData("TIMESTAMP '2020-02-29 00:00:00' - INTERVAL '1' YEAR", "2019-02-28T00:00:00Z")]
    [InlineData("INTERVAL '90' SECOND + TIMESTAMP '2020-01-01 00:00:00'", "2020-01-01T00:01:30Z")]
    [InlineData("TIMESTAMP '2020-01-01 00:00:00' - INTERVAL '0.5' SECOND", "2019-12-31T23:59:59.500Z")]
    [InlineData("DATE '2020-01-01' + INTERVAL '36' HOUR", "2020-01-02T12:00:00Z")]
    [InlineData("DATE '2020-01-01' + INTERVAL '2' DAY", "2020-01-03")]
    [InlineData("DATE '9999-12-31' + INTERVAL '1' DAY", "! a time outside the years 1 to 9999 in DATE '9999-12-31' + INTERVAL '1' DAY")]
    [InlineData("CAST('2020-01-01T01:00:00+02:00' AS TIMESTAMP_LTZ)", "2019-12-31T23:00:00Z")]
    [InlineData("CAST('2020-01-01 01:02:03.456789' AS TIMESTAMP(3))", "2020-01-01T01:02:03.456Z")]
    [InlineData("CAST(TIMESTAMP '1969-12-31 23:59:59' AS DATE)", "1969-12-31")]
    [InlineData("CAST('nonsense' AS TIMESTAMP)", "! 'nonsense' is no timestamp in CAST('nonsense' AS TIMESTAMP)")]
    [InlineData("TO_TIMESTAMP('nonsense')", null)]
    [InlineData("TO_TIMESTAMP('09/12/2011 1:05 PM', 'dd/MM/yyyy h:mm a')", "2011-12-09T13:05:00Z")]
    [InlineData("TO_TIMESTAMP('20111209T125000', 'yyyyMMdd''T''HHmmss')", "2011-12-09T12:50:00Z")]
    [InlineData("TO_TIMESTAMP('2011-02-30 00:00:00', 'yyyy-MM-dd HH:mm:ss')", null)]
    [InlineData("TO_DATE('9 Dec 2011', 'd MMM yyyy')", "2011-12-09")]
    [InlineData("TO_TIMESTAMP_LTZ(1323434000, 0)", "2011-12-09T12:33:20Z")]
    [InlineData("TO_TIMESTAMP_LTZ(-1, 3)", "1969-12-31T23:59:59.999Z")]
    [InlineData("FROM_UNIXTIME(0)", "1970-01-01 00:00:00")]
    [InlineData("FROM_UNIXTIME(86399, 'HH:mm')", "23:59")]
    [InlineData("UNIX_TIMESTAMP('1970-01-02 00:00:00')", "86400")]
    [InlineData("DATE_FORMAT(TIMESTAMP '2011-12-09 02:05:06.789', 'EEEE d MMMM yyyy, hh:mm:ss.SSS a')", "Friday 9 December 2011, 02:05:06.789 AM")]
    [InlineData("DATE_FORMAT('2011-12-09 02:05:06', 'yy/M/d H ''o''''clock''')", "11/12/9 2 o'clock")]
    [InlineData("FLOOR(TIMESTAMP '2011-12-09 12:50:31' TO HOUR)", "2011-12-09T12:00:00Z")]
    [InlineData("CEIL(TIMESTAMP '2011-12-09 12:50:31' TO MONTH)", "2012-01-01T00:00:00Z")]
    [InlineData("CEIL(TIMESTAMP '2011-12-09 12:00:00' TO HOUR)", "2011-12-09T12:00:00Z")]
    [InlineData("FLOOR(TIMESTAMP '2011-12-09 12:50:31' TO WEEK)", "2011-12-04T00:00:00Z")]
    [InlineData("FLOOR(DATE '2011-12-09' TO QUARTER)", "2011-10-01")]
    [InlineData("TIMESTAMPADD(DAY, -9, DATE '2011-12-09')", "2011-11-30")]
    [InlineData("TIMESTAMPADD(HOUR, 2, TIMESTAMP '2011-12-09 23:00:00')", "2011-12-10T01:00:00Z")]
    [InlineData("TIMESTAMPDIFF(MONTH, TIMESTAMP '2020-01-31 00:00:00', TIMESTAMP '2020-02-29 00:00:00')", "0")]
    [InlineData("TIMESTAMPDIFF(DAY, DATE '2020-03-01', DATE '2020-02-01')", "-29")]
    [InlineData("TIMESTAMPDIFF(SECOND, TIMESTAMP '2020-01-01 00:00:00', TIMESTAMP '2020-01-01 00:00:01.9')", "1")]
    [InlineData("EXTRACT(EPOCH FROM TIMESTAMP '1970-01-01 00:01:00')", "60")]
    [InlineData("EXTRACT(MILLISECOND FROM TIMESTAMP '1970-01-01 00:01:02.345')", "2345")]
    [InlineData("NOW()", "2024-02-29T12:34:56.789012Z")]
    [InlineData("CURRENT_DATE", "2024-02-29")]
    [InlineData("LOCALTIMESTAMP = CURRENT_TIMESTAMP", "true")]
    [InlineData("UNIX_TIMESTAMP()", "1709210096")]
    public void Date_functions(string sql, string? expected) => Assert.Equal(expected, Rows.Value(sql));

    [Fact]
    public void Fields_and_floors_agree_with_DateTime()
    {
        var times = from day in Gen.Choose(-700_000, 2_900_000) from micros in Gen.Choose(0, 86_399_999) select day * EventTime.Day + micros * 1000L + 7;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(times.ToArbitrary(), micros =>
        {
            var time = EventTime.ToDateTime(micros);
            var batch = Rows.Batch(("t", DataType.Timestamp, [micros]));
            string One(string sql) => Rows.Evaluate(sql, batch)[0]!;
            Assert.Equal($"{time.Year}", One("YEAR(t)"));
            Assert.Equal($"{time.Month}", One("MONTH(t)"));
            Assert.Equal($"{(time.Month + 2) / 3}", One("QUARTER(t)"));
            Assert.Equal($"{time.Day}", One("DAYOFMONTH(t)"));
            Assert.Equal($"{(int)time.DayOfWeek + 1}", One("DAYOFWEEK(t)"));
            Assert.Equal($"{time.DayOfYear}", One("DAYOFYEAR(t)"));
            Assert.Equal($"{ISOWeek.GetWeekOfYear(time)}", One("WEEK(t)"));
            Assert.Equal($"{ISOWeek.GetYear(time)}", One("EXTRACT(ISOYEAR FROM t)"));
            Assert.Equal($"{time.Hour}", One("HOUR(t)"));
            Assert.Equal($"{time.Minute}", One("MINUTE(t)"));
            Assert.Equal($"{time.Second}", One("SECOND(t)"));
            Assert.Equal(time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture), One("DATE_FORMAT(t, 'yyyy-MM-dd HH:mm:ss.SSSSSS')"));
            Assert.Equal(time.ToString("ddd dd MMM yyyy hh:mm tt", CultureInfo.InvariantCulture), One("DATE_FORMAT(t, 'EEE dd MMM yyyy hh:mm a')"));
            Assert.Equal(EventTime.Format(EventTime.FromDateTime(time.Date)), One("FLOOR(t TO DAY)"));
            Assert.Equal(EventTime.Format(EventTime.FromDateTime(new DateTime(time.Year, time.Month, 1))), One("FLOOR(t TO MONTH)"));
            Assert.Equal(EventTime.Format(EventTime.FromDateTime(new DateTime(time.Year, 1, 1))), One("FLOOR(t TO YEAR)"));
            Assert.Equal(EventTime.Format(EventTime.FromDateTime(time.AddMonths(13))), One("t + INTERVAL '13' MONTH"));
            Assert.Equal("true", One("CAST(CAST(t AS STRING) AS TIMESTAMP) = t"));
            Assert.Equal("true", One("TO_TIMESTAMP(DATE_FORMAT(t, 'D yyyy HH:mm:ss.SSSSSS'), 'D yyyy HH:mm:ss.SSSSSS') = t"));
            batch.Release();
        }));
    }

    [Fact]
    public void Time_and_chance_make_an_expression_indeterminate()
    {
        var now = SqlExpression.Compile("NOW()", new Schema([])).Require();
        Assert.False(now.IsDeterministic);
        Assert.False(SqlExpression.Compile("CURRENT_DATE", new Schema([])).Require().IsDeterministic);
        Assert.False(SqlExpression.Compile("RAND() < 0.5 OR UUID() = ''", new Schema([])).Require().IsDeterministic);
        Assert.True(SqlExpression.Compile("DATE '2020-01-01'", new Schema([])).Require().IsDeterministic);
    }
}
