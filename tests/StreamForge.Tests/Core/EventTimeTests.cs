using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class EventTimeTests
{
    private static readonly Gen<long> Instants = Gen.OneOf(
        from seed in ArbMap.Default.GeneratorFor<int>() select new Random(seed).NextInt64(EventTime.Earliest, EventTime.Latest + 1),
        Gen.Choose(-2_000_000, 2_000_000).Select(n => (long)n),
        Gen.Choose(-100, 100).Select(n => n * EventTime.Day),
        Gen.Elements(EventTime.Earliest, EventTime.Latest, 0, -1, 1, EventTime.Earliest + 1, EventTime.Latest - 999_999));

    private static readonly Gen<long> Steps = Gen.Elements(1, 7, EventTime.Second, EventTime.Minute, EventTime.Hour, EventTime.Day, 30 * EventTime.Day);

    [Fact]
    public void Floor_is_the_last_multiple_not_above_and_ceiling_the_first_not_below() =>
        Prop.ForAll(Instants.ToArbitrary(), Steps.ToArbitrary(), (time, step) =>
        {
            var (floor, ceiling) = (EventTime.Floor(time, step), EventTime.Ceiling(time, step));
            return floor % step == 0 && floor <= time && time - floor < step
                && ceiling % step == 0 && ceiling >= time && ceiling - time < step
                && EventTime.FloorDivide(time, step) * step == floor;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, 10, -10, 0)]
    [InlineData(-10, 10, -10, -10)]
    [InlineData(0, 10, 0, 0)]
    [InlineData(1, 10, 0, 10)]
    public void Rounding_around_1970(long time, long step, long floor, long ceiling) =>
        Assert.Equal((floor, ceiling), (EventTime.Floor(time, step), EventTime.Ceiling(time, step)));

    [Fact]
    public void Sums_and_differences_stay_at_the_ends_of_the_range()
    {
        var any = Gen.OneOf(ArbMap.Default.GeneratorFor<long>(), Gen.Elements(long.MinValue, long.MaxValue, 0, -1, 1, long.MinValue + 1, EventTime.Earliest, EventTime.Latest));
        Prop.ForAll(any.ToArbitrary(), any.ToArbitrary(), (a, b) =>
            EventTime.SaturatingAdd(a, b) == Clamp((BigInteger)a + b) && EventTime.SaturatingSubtract(a, b) == Clamp((BigInteger)a - b)).QuickCheckThrowOnFailure();

        static long Clamp(BigInteger value) => (long)BigInteger.Clamp(value, long.MinValue, long.MaxValue);
    }

    [Fact]
    public void Text_reads_back_as_the_same_instant() => Prop.ForAll(Instants.ToArbitrary(), time =>
        Iso8601.TryParse(Encoding.UTF8.GetBytes(EventTime.Format(time)), out var read, out var hasOffset) && hasOffset && read == time).QuickCheckThrowOnFailure();

    [Fact]
    public void The_two_writers_write_the_same() => Prop.ForAll(Gen.OneOf(Instants, ArbMap.Default.GeneratorFor<long>(), Gen.Elements(long.MinValue, long.MaxValue)).ToArbitrary(), time =>
    {
        var bytes = new byte[Rfc3339.MaxLength];
        return Encoding.UTF8.GetString(bytes, 0, Rfc3339.Write(time, bytes)) == EventTime.Format(time);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Instants_and_dates_of_the_library_go_both_ways() => Prop.ForAll(Instants.ToArbitrary(), time =>
    {
        var date = EventTime.ToDateTime(time);
        return date.Kind == DateTimeKind.Utc && date == DateTime.UnixEpoch.AddMicroseconds(0).AddTicks(time * 10) && EventTime.FromDateTime(date) == time
            && EventTime.FromDateTimeOffset(new DateTimeOffset(date)) == time;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ticks_before_1970_are_cut_towards_the_past() => Assert.Equal(-1, EventTime.FromDateTime(DateTime.UnixEpoch.AddTicks(-1)));

    [Theory]
    [InlineData(EventTime.Earliest, "0001-01-01T00:00:00Z")]
    [InlineData(EventTime.Latest, "9999-12-31T23:59:59.999999Z")]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999Z")]
    [InlineData(-1000, "1969-12-31T23:59:59.999Z")]
    [InlineData(1_323_435_000_500_000, "2011-12-09T12:50:00.500Z")]
    [InlineData(EventTime.Earliest - 1, "-62135596800000001us")]
    [InlineData(EventTime.Latest + 1, "253402300800000000us")]
    public void Three_or_six_digits_where_they_are_not_zero(long time, string text) => Assert.Equal(text, EventTime.Format(time));

    [Fact]
    public void No_instant_has_no_text() => Assert.Equal((null, "1970-01-01T00:00:00Z"), (EventTime.FormatOrNull(EventTime.MinValue), EventTime.FormatOrNull(0)));
}
