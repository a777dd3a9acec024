using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

/// <summary>ISO 8601 text against the base library's dates.</summary>
public sealed class Iso8601Tests
{
    private static readonly Gen<DateTime> Dates = Gen.OneOf(
        from seed in ArbMap.Default.GeneratorFor<int>() select new DateTime(new Random(seed).NextInt64(DateTime.MaxValue.Ticks / 10) * 10),
        Gen.Choose(-1000, 1000).Select(n => DateTime.UnixEpoch.AddDays(n).AddSeconds(n)),
        from year in Gen.Choose(1, 9999) select new DateTime(year, 2, DateTime.DaysInMonth(year, 2), 23, 59, 59),
        Gen.Elements(DateTime.MinValue, DateTime.MaxValue.AddTicks(-9)));

    private static long Micros(DateTime local) => (local.Ticks - DateTime.UnixEpoch.Ticks) / 10 - ((local.Ticks - DateTime.UnixEpoch.Ticks) % 10 < 0 ? 1 : 0);

    private static (long Micros, bool HasOffset)? Read(string text) =>
        Iso8601.TryParse(Encoding.UTF8.GetBytes(text), out var micros, out var hasOffset) ? (micros, hasOffset) : null;

    [Theory]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss.ffffff", 1)]
    [InlineData("yyyy-MM-dd HH:mm:ss.ffffff", 1)]
    [InlineData("yyyy-MM-dd't'HH:mm:ss','ffffff", 1)]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss.fff", 1_000)]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss.f", 100_000)]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss", EventTime.Second)]
    [InlineData("yyyy-MM-dd HH:mm", EventTime.Minute)]
    [InlineData("yyyy-MM-dd", EventTime.Day)]
    public void Every_form_reads_as_the_librarys_date(string format, long precision) => Prop.ForAll(Dates.ToArbitrary(), date =>
        Read(date.ToString(format, CultureInfo.InvariantCulture)) == (EventTime.Floor(Micros(date), precision), false)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("Z", 0)]
    [InlineData("z", 0)]
    [InlineData("+00:00", 0)]
    [InlineData("-00:00", 0)]
    [InlineData("+01:00", 60)]
    [InlineData("+0130", 90)]
    [InlineData("-08", -480)]
    [InlineData("+18:00", 1080)]
    [InlineData("-18:00", -1080)]
    public void An_offset_is_taken_off_and_the_result_stays_within_the_years(string offset, int minutes) => Prop.ForAll(Dates.ToArbitrary(), date =>
    {
        var utc = Micros(date) - minutes * EventTime.Minute;
        var inYears = utc is >= EventTime.Earliest and <= EventTime.Latest;
        var read = Read(date.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + offset);
        return inYears ? read == (utc, true) : read is null;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("2020-01-01T00:00:00.1234569Z", 123_456)]
    [InlineData("2020-01-01T00:00:00.0000009Z", 0)]
    [InlineData("2020-01-01T00:00:00.123456789012345678901234567890Z", 123_456)]
    public void Digits_past_microseconds_are_cut(string text, long fraction) => Assert.Equal((1_577_836_800_000_000 + fraction, true), Read(text));

    [Fact]
    public void A_leap_second_is_the_next_second() => Assert.Equal(Read("2017-01-01T00:00:00Z"), Read("2016-12-31T23:59:60Z"));

    [Theory]
    [InlineData("")]
    [InlineData("2020")]
    [InlineData("2020-01")]
    [InlineData("2020-1-01")]
    [InlineData("20200101")]
    [InlineData("2020/01/01")]
    [InlineData("0000-01-01")]
    [InlineData("-001-01-01")]
    [InlineData("2020-00-01")]
    [InlineData("2020-13-01")]
    [InlineData("2020-01-00")]
    [InlineData("2020-01-32")]
    [InlineData("2020-04-31")]
    [InlineData("2021-02-29")]
    [InlineData("1900-02-29")]
    [InlineData("2020-01-01x")]
    [InlineData("2020-01-01Z")]
    [InlineData("2020-01-01T")]
    [InlineData("2020-01-01 ")]
    [InlineData("2020-01-01  00:00")]
    [InlineData("2020-01-01T00")]
    [InlineData("2020-01-01T0000")]
    [InlineData("2020-01-01T24:00")]
    [InlineData("2020-01-01T24:00:00")]
    [InlineData("2020-01-01T12:60")]
    [InlineData("2020-01-01T12:00:61")]
    [InlineData("2020-01-01T12:00:")]
    [InlineData("2020-01-01T12:00:0")]
    [InlineData("2020-01-01T12:00:00.")]
    [InlineData("2020-01-01T12:00:00.Z")]
    [InlineData("2020-01-01T12:00:00 ")]
    [InlineData("2020-01-01T12:00:00 Z")]
    [InlineData("2020-01-01T12:00:00Zx")]
    [InlineData("2020-01-01T12:00:00ZZ")]
    [InlineData("2020-01-01T12:00:00+")]
    [InlineData("2020-01-01T12:00:00+1")]
    [InlineData("2020-01-01T12:00:00+01:")]
    [InlineData("2020-01-01T12:00:00+01:0")]
    [InlineData("2020-01-01T12:00:00+01:60")]
    [InlineData("2020-01-01T12:00:00+01:00x")]
    [InlineData("2020-01-01T12:00:00+18:01")]
    [InlineData("2020-01-01T12:00:00-18:59")]
    [InlineData("2020-01-01T12:00:00+19:00")]
    [InlineData("2020-01-01T12:00:00[UTC]")]
    [InlineData("9999-12-31T23:59:60")]
    [InlineData("9999-12-31T23:59:60Z")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("２０２０-01-01")]
    public void What_is_no_time_is_refused(string text) => Assert.Null(Read(text));

    [Fact]
    public void Days_of_every_date_from_year_1_to_9999_count_on()
    {
        var expected = (int)(DateTime.MinValue - DateTime.UnixEpoch).TotalDays;
        for (var date = DateTime.MinValue; ; date = date.AddDays(1))
        {
            if (expected++ != Iso8601.DaysFromCivil(date.Year, date.Month, date.Day)) Assert.Fail($"{date:yyyy-MM-dd}");
            if (date.Date == DateTime.MaxValue.Date) break;
        }
    }

    [Fact]
    public void A_shortened_time_is_never_read_past_its_end()
    {
        const string whole = "2010-12-01T08:26:00.123456+01:00";
        int[] complete = [10, 16, 19, 21, 22, 23, 24, 25, 26, 29, 32];
        for (var length = 0; length <= whole.Length; length++)
            Assert.Equal(complete.Contains(length), Read(whole[..length]) is not null);
    }
}
