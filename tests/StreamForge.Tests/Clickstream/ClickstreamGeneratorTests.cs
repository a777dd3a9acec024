using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamForge.Connectors.Clickstream;
using StreamForge.Core;

namespace StreamForge.Tests.Clickstream;

public sealed class ClickstreamGeneratorTests
{
    private static readonly ClickstreamOptions Options = new();

    private static readonly string[] Types = ["page_view", "product_click", "add_to_cart", "checkout", "purchase"];

    [Fact]
    public void Ten_thousand_lines_of_seed_1_are_these_bytes()
    {
        var hash = Convert.ToHexString(SHA256.HashData(Bytes(Options, 10_000)));

        Assert.Equal("8F23506215E817746EEF79BAF1F1DC81921828ABA563FA69805DF9CB83EE2F67", hash);
    }

    [Fact]
    public void Another_seed_is_another_stream()
    {
        Assert.NotEqual(Bytes(Options, 100), Bytes(Options with { Seed = 2 }, 100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_000)]
    public void Moving_to_an_event_goes_on_as_if_all_before_had_been_read(int sequence)
    {
        var whole = new ClickstreamGenerator(Options);
        for (var i = 0; i < sequence; i++) WriteNext(whole);
        var moved = new ClickstreamGenerator(Options);
        WriteNext(moved);
        moved.MoveTo(sequence);

        for (var i = 0; i < 1000; i++) Assert.Equal(WriteNext(whole), WriteNext(moved));
    }

    [Fact]
    public void A_far_event_is_reached_without_the_ones_before()
    {
        var generator = new ClickstreamGenerator(Options);

        generator.MoveTo(1_000_000_000_000);

        Assert.Contains("\"event_id\":\"e-1000000000000\"", WriteNext(generator), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_line_is_one_object_with_the_columns_of_the_schema_in_order()
    {
        foreach (var line in Lines(Options, 20_000))
        {
            Assert.EndsWith("}\n", line, StringComparison.Ordinal);
            using var document = JsonDocument.Parse(line);
            var last = -1;
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var column = ClickstreamSchema.Columns.IndexOf(property.Name);
                Assert.True(column > last, line);
                last = column;
                var expected = ClickstreamSchema.Columns[column].Type.IsNumeric ? JsonValueKind.Number : JsonValueKind.String;
                Assert.Equal(expected, property.Value.ValueKind);
            }
        }
    }

    [Fact]
    public void Each_kind_of_event_has_its_columns_and_a_purchase_is_worth_price_times_quantity()
    {
        foreach (var click in Events(Options, 50_000))
        {
            var step = Array.IndexOf(Types, click.Type);
            Assert.True(step >= 0);
            Assert.Equal(step >= 1, click.Product is not null);
            Assert.Equal(step >= 1, click.Price is > 0);
            Assert.Equal(step >= 2, click.Quantity is >= 1 and <= 5);
            Assert.Equal(step == 4 ? click.Price * click.Quantity : null, click.Value);
        }
    }

    [Fact]
    public void Lines_are_about_240_bytes_long()
    {
        const int lines = 100_000;

        Assert.InRange((double)Bytes(Options with { Users = 100_000 }, lines).Length / lines, 220, 260);
    }

    [Fact]
    public void Sessions_walk_down_the_funnel_and_lose_some_at_each_step()
    {
        var events = Events(Options, 60_000);
        var counts = Types.Select(type => events.Count(click => click.Type == type)).ToArray();

        for (var i = 1; i < counts.Length; i++) Assert.InRange((double)counts[i] / counts[i - 1], 0.2, 0.8);
        foreach (var session in events.GroupBy(click => click.Session))
        {
            var steps = session.Select(click => click.Type).ToArray();
            Assert.Equal("page_view", steps[0]);
            for (var i = 1; i < steps.Length; i++)
            {
                var allowed = steps[i - 1] switch
                {
                    "page_view" => new[] { "page_view", "product_click" },
                    "product_click" => ["page_view", "product_click", "add_to_cart"],
                    "add_to_cart" => ["page_view", "checkout"],
                    "checkout" => ["page_view", "purchase"],
                    _ => ["page_view"],
                };
                Assert.Contains(steps[i], allowed);
            }
        }
    }

    [Fact]
    public void Many_sessions_run_at_once()
    {
        var events = Events(Options, 20_000);
        var spans = events.Select((click, i) => (click.Session, i)).GroupBy(pair => pair.Session).Select(group => (First: group.First().i, Last: group.Last().i)).ToArray();

        var open = spans.Count(span => span.First <= 10_000 && span.Last > 10_000);

        Assert.InRange(open, 50, 128);
    }

    [Fact]
    public void A_session_has_one_user_and_a_user_one_device_and_country()
    {
        var events = Events(Options, 60_000);

        Assert.All(events.GroupBy(click => click.Session), session => Assert.Single(session.Select(click => (click.User, click.Referrer)).Distinct()));
        Assert.All(events.GroupBy(click => click.User), user => Assert.Single(user.Select(click => (click.Device, click.Country)).Distinct()));
        Assert.True(events.Select(click => click.Device).Distinct().Count() == 3);
        Assert.True(events.Select(click => click.Country).Distinct().Count() > 5);
    }

    [Fact]
    public void A_product_has_one_category_and_price()
    {
        var events = Events(Options, 60_000).Where(click => click.Product is not null).ToArray();

        Assert.All(events.GroupBy(click => click.Product), product => Assert.Single(product.Select(click => (click.Category, click.Price)).Distinct()));
        Assert.Equal(8, events.Select(click => click.Category).Distinct().Count());
    }

    [Fact]
    public void Users_and_products_follow_Zipfs_law()
    {
        var events = Events(Options with { Users = 1000, Products = 100 }, 200_000);
        var sessions = events.GroupBy(click => click.Session).Select(session => session.First().User).CountBy(user => user).ToDictionary();
        var clicks = events.Where(click => click.Type == "product_click").CountBy(click => click.Product!).ToDictionary();

        // The n-th comes 1/n as often; H(1000) = 7.485, H(100) = 5.187.
        Assert.InRange((double)sessions["u-1"] / sessions.Values.Sum(), 0.9 / 7.485, 1.1 / 7.485);
        Assert.InRange((double)sessions["u-10"] / sessions["u-1"], 0.08, 0.12);
        Assert.InRange((double)sessions.Where(pair => int.Parse(pair.Key[2..]) > 500).Sum(pair => pair.Value) / sessions.Values.Sum(), 0.08, 0.105);
        Assert.InRange((double)clicks["p-1"] / clicks.Values.Sum(), 0.9 / 5.187, 1.1 / 5.187);
        Assert.InRange((double)clicks["p-3"] / clicks["p-1"], 0.3, 0.37);
        Assert.DoesNotContain(sessions.Keys, user => int.Parse(user[2..]) is < 1 or > 1000);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.02)]
    [InlineData(0.3)]
    [InlineData(1.0)]
    public void The_share_that_is_asked_for_comes_late(double share)
    {
        const int count = 50_000;
        var events = Events(Options with { Late = share }, count);

        // Event n belongs to the n-th millisecond.
        var delays = events.Select((click, i) => ClickstreamOptions.FixedStart + i * 1000L - click.Time).ToArray();

        Assert.InRange((double)delays.Count(delay => delay > 0) / count, share * 0.9, share * 1.1);
        Assert.All(delays, delay => Assert.InRange(delay, 0, 6 * EventTime.Hour));
        if (share == 0) return;
        var late = delays.Where(delay => delay > 0).ToArray();
        Assert.InRange((double)late.Count(delay => delay <= 5 * EventTime.Second) / late.Length, 0.75, 0.85);
        Assert.InRange((double)late.Count(delay => delay > 10 * EventTime.Minute) / late.Length, 0.03, 0.07);
    }

    [Fact]
    public void Event_times_advance_with_the_rate()
    {
        var events = Events(Options with { Late = 0, Rate = 50, StartMicros = -EventTime.Hour }, 1001);

        Assert.InRange(events[1000].Time, -EventTime.Hour + 20 * EventTime.Second, -EventTime.Hour + 20 * EventTime.Second + 20_000);
        for (var i = 1; i < events.Count; i++) Assert.True(events[i].Time >= events[i - 1].Time);
    }

    [Fact]
    public void The_longest_line_fits()
    {
        var generator = new ClickstreamGenerator(new ClickstreamOptions(int.MaxValue, int.MaxValue, long.MinValue, 1, EventTime.Earliest + EventTime.Day, 1e9));
        generator.MoveTo(long.MaxValue / 2);

        for (var i = 0; i < 10_000; i++) Assert.InRange(WriteNext(generator).Length, 100, ClickstreamGenerator.MaxLineBytes / 2 + 128);
    }

    [Fact]
    public void Events_allocate_nothing()
    {
        var generator = new ClickstreamGenerator(Options);
        var line = new byte[ClickstreamGenerator.MaxLineBytes];
        for (var i = 0; i < 1000; i++) generator.WriteNext(line);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++) generator.WriteNext(line);

        // The runtime may allocate a little beside it; an object an event would be 2,400,000 bytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    public static TheoryData<ClickstreamOptions, string> Wrong => new()
    {
        { Options with { Users = 0 }, "clickstream: users is 0; there must be at least one" },
        { Options with { Products = -1 }, "clickstream: products is -1; there must be at least one" },
        { Options with { Late = 1.5 }, "clickstream: late is 1.5; it is a share from 0 to 1" },
        { Options with { Late = double.NaN }, "clickstream: late is NaN; it is a share from 0 to 1" },
        { Options with { Rate = 0 }, "clickstream: rate is 0; it must lie between 0.001 and 1e9 events a second" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_option_out_of_range_is_refused(ClickstreamOptions options, string sentence)
    {
        var error = Assert.Throws<StreamForgeException>(() => new ClickstreamGenerator(options));

        Assert.Equal(sentence, error.Message);
    }

    private sealed record Click(
        string Type, string User, string Session, string? Product, string? Category, decimal? Price, int? Quantity, decimal? Value, string? Referrer, string Device, string Country, long Time);

    private static List<Click> Events(ClickstreamOptions options, int count)
    {
        var result = new List<Click>(count);
        foreach (var line in Lines(options, count))
        {
            using var document = JsonDocument.Parse(line);
            var e = document.RootElement;
            string? Text(string name) => e.TryGetProperty(name, out var value) ? value.GetString() : null;
            decimal? Number(string name) => e.TryGetProperty(name, out var value) ? value.GetDecimal() : null;
            result.Add(new Click(
                Text("event_type")!, Text("user_id")!, Text("session_id")!, Text("product_id"), Text("category"), Number("price"), (int?)Number("quantity"), Number("transaction_value"),
                Text("referrer"), Text("device")!, Text("country")!, EventTime.FromDateTimeOffset(e.GetProperty("event_time").GetDateTimeOffset())));
        }
        return result;
    }

    private static IEnumerable<string> Lines(ClickstreamOptions options, int count)
    {
        var generator = new ClickstreamGenerator(options);
        for (var i = 0; i < count; i++) yield return WriteNext(generator);
    }

    private static string WriteNext(ClickstreamGenerator generator)
    {
        Span<byte> line = stackalloc byte[ClickstreamGenerator.MaxLineBytes];
        return Encoding.UTF8.GetString(line[..generator.WriteNext(line)]);
    }

    private static byte[] Bytes(ClickstreamOptions options, int count) => Encoding.UTF8.GetBytes(string.Concat(Lines(options, count)));
}
