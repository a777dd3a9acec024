using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Formats.Debezium;

public class RoundTripTests
{
    private static readonly string[] Texts = ["", "a", "naïve 🐢", "quote \" and \\ back", "line\nbreak", "__debezium_unavailable_valu", "\u0001", "AJY="];

    /// <summary>A row of random values, as JSON and as what it must become; forms are those of the connector's settings.</summary>
    private sealed record Row(long? Id, string? Text, long? Unscaled, double? Number, bool? Flag, int? Day, long? Micros)
    {
        public string Json(bool base64)
        {
            var fields = new List<string> { $"\"id\":{Id?.ToString(CultureInfo.InvariantCulture) ?? "null"}" };
            if (Text is not null) fields.Add($"\"text\": {JsonSerializer.Serialize(Text)}");
            fields.Add($"\"amount\":{(Unscaled is not { } unscaled ? "null" : base64 ? $"\"{Convert.ToBase64String(new BigInteger(unscaled).ToByteArray(isBigEndian: true))}\"" : $"\"{Decimal128.Format(unscaled, 4)}\"")}");
            fields.Add($"\"number\" :{(Number is not { } n ? "null" : double.IsFinite(n) ? n.ToString("R", CultureInfo.InvariantCulture) : $"\"{n.ToString(CultureInfo.InvariantCulture)}\"")}");
            fields.Add($"\"flag\":{(Flag is not { } flag ? "null" : base64 ? flag ? "1" : "0" : flag ? "true" : "false")}");
            fields.Add($"\"day\":{(Day is not { } day ? "null" : base64 ? day.ToString(CultureInfo.InvariantCulture) : $"\"{EventTime.Format(day * EventTime.Day)[..10]}\"")}");
            fields.Add($"\"at\":{(Micros is not { } at ? "null" : base64 ? at.ToString(CultureInfo.InvariantCulture) : $"\"{EventTime.Format(at)}\"")}");
            return $"{{{string.Join(",", fields)}}}";
        }

        public string Expected() => string.Join("|", Id?.ToString(CultureInfo.InvariantCulture) ?? "null", Text ?? "null", Unscaled is { } u ? Decimal128.Format(u, 4) : "null",
            Number?.ToString("R", CultureInfo.InvariantCulture) ?? "null", Flag is { } f ? f ? "1" : "0" : "null", Day is { } d ? EventTime.Format(d * EventTime.Day)[..10] : "null", Micros is { } m ? EventTime.Format(m) : "null");
    }

    [Fact]
    public void Any_rows_that_are_written_as_changes_come_back_as_they_were() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new System.Random(seed);
        // Digits alone may be either form; a source has one, and says so beyond doubt sooner or later.
        var base64 = random.Next(2) == 0;
        var records = new List<(string?, string?)>();
        var expected = new List<string>();
        if (base64)
        {
            records.Add((Events.Envelope("c", null, """{"amount":"AA=="}"""), null));
            expected.Add("c null|null|0.0000|null|null|null|null");
        }
        for (var i = 0; i < 8; i++)
        {
            var (before, after) = (Any(random), Any(random));
            var op = "crud"[random.Next(4)];
            var hasBefore = op is 'u' or 'd';
            var envelope = Events.Envelope($"{op}", hasBefore ? before.Json(base64) : null, op == 'd' ? null : after.Json(base64));
            records.Add((random.Next(2) == 0 ? envelope : $"{{\"schema\":null,\"payload\":{envelope}}}", null));
            if (hasBefore) expected.Add($"{(op == 'd' ? 'd' : 'b')} {before.Expected()}");
            if (op != 'd') expected.Add($"{op} {after.Expected()}");
        }
        using var batch = Events.Decode("id bigint, text string, amount decimal(19,4), number double, flag boolean, day date, at timestamp us", "id", [.. records]);
        Assert.Empty(batch.DeadLetters);
        Assert.Equal(expected, Events.Rows(batch));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_key_of_an_image_is_the_key_of_its_record() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new System.Random(seed);
        var text = JsonSerializer.Serialize(Texts[random.Next(Texts.Length)]);
        var fields = $"\"id\":{random.NextInt64(long.MinValue, long.MaxValue)},\"text\":{text},\"amount\":\"{Convert.ToBase64String(BitConverter.GetBytes(random.Next()))}\"";
        using var batch = Events.Decode("id bigint, text string, amount decimal(19,4)", "text,amount,id", (Events.Envelope("c", null, $"{{{fields}}}"), $"{{{fields}}}"), (null, $"{{\"schema\":null,\"payload\":{{{fields}}}}}"));
        Assert.Empty(batch.DeadLetters);
        Assert.False(batch.Changes!.Keys.IsNull(0));
        Assert.Equal(Convert.ToHexString(batch.Changes.Keys[0]), Convert.ToHexString(batch.Changes.Keys[1]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_line_cut_or_changed_anywhere_is_an_event_or_a_dead_letter_and_nothing_else() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new System.Random(seed);
        var value = Events.Envelope("u", Any(random).Json(base64: true), Any(random).Json(base64: false));
        var line = Encoding.UTF8.GetBytes(random.Next(2) == 0 ? value : $"{{\"topic\":\"t\",\"partition\":2,\"offset\":1,\"timestamp\":5,\"key\":null,\"value\":{JsonSerializer.Serialize(value)},\"headers\":null}}");
        if (random.Next(3) == 0) line = line[..random.Next(1, line.Length)];
        else line[random.Next(line.Length)] = (byte)"\"\\{}[]:,0 n\u0001x"[random.Next(13)];
        var (columns, units) = Events.Columns("id bigint, text string, amount decimal(19,4), number double, flag boolean, day date, at timestamp us");
        using var batch = Captured.Decode(line, columns, units, "id");
        Assert.InRange(batch.Changes!.Events.Count + batch.DeadLetters.Count, 1, 2);
        Assert.InRange(batch.Batch.Count, 0, 2);
    }).QuickCheckThrowOnFailure();

    private static Row Any(System.Random random)
    {
        T? Maybe<T>(T value) where T : struct => random.Next(6) == 0 ? null : value;
        double[] numbers = [0, 1.5, double.NaN, double.PositiveInfinity, double.NegativeInfinity, random.NextDouble() * 1e20, -5e-324];
        return new Row(
            Maybe(random.NextInt64(long.MinValue, long.MaxValue)), random.Next(6) == 0 ? null : Texts[random.Next(Texts.Length)], Maybe(random.NextInt64(-1_000_000_000, 1_000_000_000)), Maybe(numbers[random.Next(numbers.Length)]),
            Maybe(random.Next(2) == 0), Maybe(random.Next(-700_000, 2_900_000)), Maybe(random.NextInt64(EventTime.Earliest, EventTime.Latest)));
    }
}
