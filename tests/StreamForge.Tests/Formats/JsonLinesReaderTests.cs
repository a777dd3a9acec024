using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Json;

namespace StreamForge.Tests.Formats;

public sealed class JsonLinesReaderTests
{
    private static readonly Schema Text = new([new Field("x", DataType.String)]);

    private static Schema One(DataType type) => new([new Field("x", type)]);

    /// <summary>Decodes lines; a row is its columns' values, a misfit its reason.</summary>
    private static List<string> Decode(Schema schema, byte[] lines, DecodeOptions? options = null, bool final = true)
    {
        var rows = new RowBuilder(schema, options ?? DecodeOptions.Default);
        var reader = new JsonLinesReader(rows);
        var results = new List<string>();
        rows.Begin(4);
        var at = 0;
        while (at < lines.Length)
        {
            var outcome = reader.Read(lines, at, lines.Length, final, out var next, out var reason);
            if (outcome == RecordOutcome.Incomplete) break;
            if (outcome == RecordOutcome.Row) results.Add(string.Join("|", rows.Take().Select(column => Values.Show(column, rows.Count - 1))));
            if (outcome == RecordOutcome.Misfit) results.Add("!" + reason);
            at = next;
        }
        return results;
    }

    private static string Single(DataType type, string json, DecodeOptions? options = null) =>
        Assert.Single(Decode(One(type), Encoding.UTF8.GetBytes($"{{\"x\":{json}}}"), options));

    [Theory]
    [InlineData("12", "12")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("1.0", "1")]
    [InlineData("1e3", "1000")]
    [InlineData("12.50e1", "125")]
    [InlineData("10000000000000000000000e-20", "100")]
    [InlineData("\"12\"", "12")]
    [InlineData("\"17850.0\"", "17850")]
    [InlineData("-0", "0")]
    [InlineData("0e999999999999", "0")]
    [InlineData("null", "null")]
    public void Integral_numbers_however_written_fit_bigint(string json, string expected) => Assert.Equal(expected, Single(DataType.BigInt, json));

    [Theory]
    [InlineData("1.5", "it has a fraction")]
    [InlineData("9223372036854775808", "it is out of range")]
    [InlineData("123456789012345678901234567890", "it is out of range")]
    [InlineData("123456789012345678901234567890123456789012345", "it is out of range")]
    [InlineData("1e400", "it is out of range")]
    [InlineData("1e-400", "it has a fraction")]
    [InlineData("\"abc\"", "is no bigint")]
    [InlineData("\"\"", "is no bigint")]
    [InlineData("\" 1\"", "is no bigint")]
    [InlineData("true", "'true' is no bigint")]
    [InlineData("[1]", "'[1]' is no bigint")]
    public void What_is_no_64_bit_integer_misfits_bigint(string json, string reason)
    {
        var result = Single(DataType.BigInt, json);
        Assert.StartsWith("!column 'x': ", result);
        Assert.Contains(reason, result);
    }

    [Theory]
    [InlineData("2147483647", "2147483647")]
    [InlineData("2147483648", "!column 'x': '2147483648' is no int: it is out of range")]
    public void Int_holds_32_bits(string json, string expected) => Assert.Equal(expected, Single(DataType.Int, json));

    [Theory]
    [InlineData("1.10", "1.100")]
    [InlineData("\"-0.001\"", "-0.001")]
    [InlineData("1.1000000000000000000000000000", "1.100")]
    [InlineData("12e2", "1200.000")]
    [InlineData("1.0005", "!column 'x': '1.0005' is no decimal(10,3): it has more digits after the point")]
    [InlineData("12345678.000", "!column 'x': '12345678.000' is no decimal(10,3): it is out of range")]
    public void Decimals_are_exact_or_misfit(string json, string expected) => Assert.Equal(expected, Single(DataType.Decimal(10, 3), json));

    [Fact]
    public void A_decimal_takes_38_digits()
    {
        const string Digits = "12345678901234567890123456789012345678";
        Assert.Equal(Digits, Single(DataType.Decimal(38, 0), Digits));
        Assert.Contains("out of range", Single(DataType.Decimal(38, 0), Digits + "9"));
    }

    [Theory]
    [InlineData("0.1", "0.1")]
    [InlineData("1e22", "1E+22")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157E+308")]
    [InlineData("123456789012345678901234567890", "1.2345678901234568E+29")]
    [InlineData("1e309", "!column 'x': '1e309' is no double: it is out of range")]
    [InlineData("\"NaN\"", "!column 'x': 'NaN' is no double")]
    public void Doubles_are_the_nearest(string json, string expected) => Assert.Equal(expected, Single(DataType.Double, json));

    [Fact]
    public void Every_double_survives_its_shortest_text() => Prop.ForAll<double>(value =>
        !double.IsFinite(value) || Single(DataType.Double, value.ToString("R")) == value.ToString("R")).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_integer_survives_its_text() => Prop.ForAll<long>(value => Single(DataType.BigInt, value.ToString()) == value.ToString()).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\"2011-12-09T12:50:00Z\"", "2011-12-09T12:50:00Z")]
    [InlineData("\"2011-12-09 12:50:00.123Z\"", "2011-12-09T12:50:00.123Z")]
    [InlineData("\"2011-12-09T12:50:00+02:00\"", "2011-12-09T10:50:00Z")]
    [InlineData("\"1900-01-01T00:00:00\"", "1900-01-01T00:00:00Z")]
    [InlineData("\"0001-01-01T00:00:00Z\"", "0001-01-01T00:00:00Z")]
    [InlineData("\"9999-12-31T23:59:59Z\"", "9999-12-31T23:59:59Z")]
    [InlineData("\"2011-12-09\"", "2011-12-09T00:00:00Z")]
    public void Date_times_become_instants(string json, string expected) => Assert.Equal(expected, Single(DataType.TimestampTz, json));

    [Theory]
    [InlineData("\"10000-01-01T00:00:00Z\"", "expected ISO 8601")]
    [InlineData("\"9999-12-31T23:59:59-01:00\"", "is no timestamptz")]
    [InlineData("\"0001-01-01T00:00:00+01:00\"", "is no timestamptz")]
    [InlineData("\"2011-02-29T00:00:00Z\"", "expected ISO 8601")]
    [InlineData("\"2011-12-09T25:00:00Z\"", "expected ISO 8601")]
    [InlineData("\"2011-12-09T12:50:00X\"", "expected ISO 8601")]
    [InlineData("\"2011-12-09T12-50:00Z\"", "expected ISO 8601")]
    [InlineData("1420070400", "an integer needs a declared unit")]
    public void What_is_no_date_time_of_the_years_1_to_9999_misfits(string json, string reason)
    {
        var result = Single(DataType.TimestampTz, json);
        Assert.StartsWith("!", result);
        Assert.Contains(reason, result);
    }

    [Theory]
    [InlineData(1_000_000, "1420070400", "2015-01-01T00:00:00Z")]
    [InlineData(1_000, "1420070400001", "2015-01-01T00:00:00.001Z")]
    [InlineData(1, "-1", "1969-12-31T23:59:59.999999Z")]
    [InlineData(-1_000, "-1", "1969-12-31T23:59:59.999999Z")]
    [InlineData(1_000, "\"1420070400001\"", "2015-01-01T00:00:00.001Z")]
    [InlineData(1_000_000, "253402300800", "!column 'x': '253402300800' is no timestamp: it lies outside the years 1 to 9999")]
    [InlineData(1_000_000, "9223372036854775807", "!column 'x': '9223372036854775807' is no timestamp: it lies outside the years 1 to 9999")]
    [InlineData(1_000_000, "1.5", "!column 'x': '1.5' is no timestamp: it has a fraction")]
    public void Integers_are_times_by_their_unit(long unit, string json, string expected) =>
        Assert.Equal(expected, Single(DataType.Timestamp, json, new DecodeOptions(TimeZoneInfo.Utc, [unit])));

    [Theory]
    [InlineData("2021-01-15T12:00:00", "2021-01-15T11:00:00Z")]
    [InlineData("2021-07-15T12:00:00", "2021-07-15T10:00:00Z")]
    [InlineData("2021-07-15T12:00:00Z", "2021-07-15T12:00:00Z")]
    [InlineData("2021-10-31T00:59:59", "2021-10-30T22:59:59Z")]
    [InlineData("2021-10-31T02:30:00", "2021-10-31T01:30:00Z")]
    public void Local_times_follow_the_time_zone(string text, string expected)
    {
        var winter = TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday);
        var summer = TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday);
        var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(DateTime.MinValue, DateTime.MaxValue.Date, TimeSpan.FromHours(1), summer, winter);
        var zone = TimeZoneInfo.CreateCustomTimeZone("Middle", TimeSpan.FromHours(1), "Middle", "Middle", "Middle summer", [rule]);
        Assert.Equal(expected, Single(DataType.Timestamp, $"\"{text}\"", new DecodeOptions(zone, [])));
        Assert.Equal(expected, Single(DataType.Timestamp, $"\"{text}.0\"".Replace("Z.0", ".0Z"), new DecodeOptions(zone, [])));
    }

    [Theory]
    [InlineData("\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "a\"b\\c/d\b\f\n\r\t")]
    [InlineData("\"\\u0041\\u00e9\\ud83d\\ude00\"", "Aé😀")]
    [InlineData("\"é😀\"", "é😀")]
    [InlineData("1.50", "1.50")]
    [InlineData("false", "false")]
    [InlineData("{\"a\": [1, {}]}", "{\"a\": [1, {}]}")]
    public void String_columns_take_text_and_the_text_of_other_values(string json, string expected) => Assert.Equal(expected, Single(DataType.String, json));

    [Theory]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"\\ude00\"")]
    [InlineData("\"\\ud83d\\u0041\"")]
    [InlineData("\"\\ud83dxxxxxx\"")]
    public void Half_a_surrogate_pair_misfits(string json) => Assert.Equal("!column 'x' holds half of a surrogate pair", Single(DataType.String, json));

    [Theory]
    [InlineData("true", "1")]
    [InlineData("false", "0")]
    [InlineData("\"true\"", "!column 'x': 'true' is no boolean")]
    [InlineData("1", "!column 'x': '1' is no boolean")]
    public void Booleans_are_true_and_false(string json, string expected) => Assert.Equal(expected, Single(DataType.Boolean, json));

    [Theory]
    [InlineData(TypeKind.Array, "[1, 2]", "[1, 2]")]
    [InlineData(TypeKind.Row, "{\"a\":1}", "{\"a\":1}")]
    [InlineData(TypeKind.Map, "[]", "!column 'x': '[]' is no map")]
    [InlineData(TypeKind.Array, "\"[]\"", "!column 'x': '[]' is no array")]
    [InlineData(TypeKind.Bytes, "\"AQID\"", "\u0001\u0002\u0003")]
    [InlineData(TypeKind.Bytes, "\"A\"", "!column 'x': 'A' is no bytes: it is not base64")]
    [InlineData(TypeKind.Date, "\"1969-12-31\"", "-1")]
    [InlineData(TypeKind.Date, "\"1969-12-31T00:00\"", "!column 'x': '1969-12-31T00:00' is no date: expected yyyy-MM-dd")]
    public void Other_types_take_their_form(TypeKind kind, string json, string expected) => Assert.Equal(expected, Single(new DataType(kind), json));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"x\"")]
    [InlineData("{\"x\":")]
    [InlineData("{\"x\":}")]
    [InlineData("{\"x\":1")]
    [InlineData("{\"x\":1,")]
    [InlineData("{\"x\":1,}")]
    [InlineData("{\"x\":1}}")]
    [InlineData("{\"x\":1} 2")]
    [InlineData("{\"x\":1 2}")]
    [InlineData("{\"x\" 1}")]
    [InlineData("{x:1}")]
    [InlineData("[1]")]
    [InlineData("1")]
    [InlineData("{\"y\":tru}")]
    [InlineData("{\"y\":nulll}")]
    [InlineData("{\"y\":01}")]
    [InlineData("{\"y\":1.}")]
    [InlineData("{\"y\":.5}")]
    [InlineData("{\"y\":+1}")]
    [InlineData("{\"y\":1e}")]
    [InlineData("{\"y\":-}")]
    [InlineData("{\"y\":\"a}")]
    [InlineData("{\"y\":\"a\\q\"}")]
    [InlineData("{\"y\":\"a\\u12g4\"}")]
    [InlineData("{\"y\":\"a\tb\"}")]
    [InlineData("{\"y\":[1,]}")]
    [InlineData("{\"y\":[1}}")]
    [InlineData("{\"y\":{\"a\":1]}")]
    [InlineData("{\"y\":{\"a\"}}")]
    [InlineData("{\"y\":{,}}")]
    [InlineData("{\"y\":{\"a\":1,}}")]
    [InlineData("{\"y\":[[[}")]
    [InlineData("{\"y\":NaN}")]
    [InlineData("{\"y\":1}\0")]
    [InlineData("\0\0\0\0")]
    public void What_is_not_one_json_object_misfits(string line)
    {
        if (line.Length == 0) return;
        var result = Assert.Single(Decode(Text, Encoding.UTF8.GetBytes(line)));
        Assert.StartsWith("!", result);
    }

    [Fact]
    public void Lines_of_one_file_may_have_blanks_around_their_colons_or_not()
    {
        string[] forms = ["{\"x\":\"1\",\"y\":2}", "{\"x\": \"1\", \"y\": 2}", "{\"x\" : \"1\" ,\"y\"\t:\t2 }", "{ \"x\":  \"1\", \"y\":2}"];
        var random = new Random(7);
        var lines = Enumerable.Range(0, 200).Select(_ => forms[random.Next(forms.Length)]).ToArray();
        Assert.Equal(Enumerable.Repeat("1|2", lines.Length), Decode(new Schema([new Field("x", DataType.String), new Field("y", DataType.BigInt)]), Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")));
    }

    [Fact]
    public void Everything_that_is_valid_json_is_a_row_and_nothing_else()
    {
        // Random edits of a valid line, judged by the base library's reader.
        const string Line = "{\"a\":[1,-2.5e+3,{\"b\":null,\"c\":[]}],\"x\":\"t\\u00e9\\\"xt\",\"d\":true , \"e\":{\"f\":\"\",\"g\":{}},\"h\":0.10}";
        var alphabet = "{}[]\",:\\0123456789.eE+-truefalsn u\t".ToCharArray();
        var random = new Random(42);
        for (var i = 0; i < 30_000; i++)
        {
            var text = new StringBuilder(Line);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                var c = alphabet[random.Next(alphabet.Length)];
                if (random.Next(3) == 0) text.Remove(at, 1);
                else if (random.Next(2) == 0) text.Insert(at, c);
                else text[at] = c;
            }
            var line = Encoding.UTF8.GetBytes(text.ToString());
            var mine = Assert.Single(Decode(new Schema([new Field("zz", DataType.String)]), line));
            Assert.True(Values.IsJsonObject(line) == (mine == "null"), $"{text}: {mine}");
        }
    }

    [Fact]
    public void Nesting_is_limited_to_512_levels()
    {
        static byte[] Nested(int levels) => Encoding.UTF8.GetBytes("{\"y\":" + new string('[', levels - 1) + new string(']', levels - 1) + "}");
        Assert.Equal("null", Assert.Single(Decode(Text, Nested(512))));
        Assert.Equal("!nested deeper than 512", Assert.Single(Decode(Text, Nested(513))));
        Assert.Equal("!nested deeper than 512", Assert.Single(Decode(Text, Nested(1_000_000))));
    }

    [Theory]
    [InlineData("{\"x\":1,\"x\":1}", "!duplicate field 'x'")]
    [InlineData("{\"x\":null,\"x\":1}", "!duplicate field 'x'")]
    [InlineData("{\"x\":1,\"\\u0078\":1}", "!duplicate field 'x'")]
    [InlineData("{\"y\":1,\"y\":1}", "null")]
    public void A_field_that_is_read_must_not_occur_twice(string line, string expected) => Assert.Equal(expected, Assert.Single(Decode(Text, Encoding.UTF8.GetBytes(line))));

    [Fact]
    public void Invalid_utf8_misfits_only_where_it_is_read()
    {
        byte[] Line(string name) => [.. Encoding.UTF8.GetBytes($"{{\"{name}\":\""), 0xc3, 0x28, .. "\"}"u8];
        Assert.Equal("!column 'x' is not valid UTF-8", Assert.Single(Decode(Text, Line("x"))));
        Assert.Equal("null", Assert.Single(Decode(Text, Line("y"))));
    }

    [Fact]
    public void A_misfit_leaves_the_other_rows_whole()
    {
        var schema = new Schema([new Field("a", DataType.BigInt), new Field("b", DataType.String), new Field("c", DataType.Double)]);
        var lines = "{\"a\":1,\"b\":\"x\",\"c\":1}\n\n  \r\n{\"a\":2,\"b\":\"yy\",\"c\":true}\n{\"c\":3,\"b\":\"z\"}\r\n{\"a\":4}"u8.ToArray();
        Assert.Equal(["1|x|1", "!column 'c': 'true' is no double", "null|z|3", "4|null|null"], Decode(schema, lines));
        Assert.Equal(3, Decode(schema, lines, final: false).Count);
    }

    [Fact]
    public void Names_are_matched_whatever_their_order_and_length()
    {
        var names = new[] { "a", "user_id", "user_idx", "user_id_of_the_buyer", "an_extremely_long_name_that_does_not_fit_one_vector", "é" };
        var schema = new Schema(names.Select(name => new Field(name, DataType.BigInt)));
        var random = new Random(3);
        var lines = new StringBuilder();
        var expected = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            var order = Enumerable.Range(0, names.Length).OrderBy(_ => i < 100 ? 0 : random.Next()).Where(_ => random.Next(10) > 0).ToArray();
            lines.Append('{').AppendJoin(", ", order.Select(k => $"\"{names[k]}\" : {i * 10 + k}").Append("\"other\":[\"user_id\"]")).Append("}\n");
            expected.Add(string.Join("|", names.Select((_, k) => order.Contains(k) ? $"{i * 10 + k}" : "null")));
        }
        Assert.Equal(expected, Decode(schema, Encoding.UTF8.GetBytes(lines.ToString())));
    }

    [Fact]
    public void Lines_in_a_buffer_become_a_batch_with_positions_raw_bytes_and_dead_letters()
    {
        var buffer = "{\"x\":1}\n{\"x\":oops}\n{\"x\":3}\n"u8.ToArray();
        var released = 0;
        var rows = new JsonRows(One(DataType.BigInt), DecodeOptions.Default);
        var origin = new BatchOrigin(new PartitionId("clicks", 2), "");
        var batch = rows.DecodeLines(origin, buffer, [8, 19, 27], [100, 101, 102], new PartitionCursor("", 103), () => released++);
        Assert.Equal([1L, 3L], ((Int64Column)batch.Batch["x"]).Values.ToArray());
        Assert.Equal([100L, 102L], batch.Batch.Headers.Positions.ToArray());
        Assert.Equal("{\"x\":3}\n", Encoding.UTF8.GetString(batch.Raw[1]));
        var letter = Assert.Single(batch.DeadLetters);
        Assert.Equal(("101", "not JSON: a value cannot begin with 'o'"), (letter.Position, letter.Reason));
        batch.Dispose();
        batch.Dispose();
        Assert.Equal(1, released);
    }

    [Fact]
    public void Objects_of_a_test_become_rows_and_misfits_are_reported_by_index()
    {
        var errors = new RowErrors();
        var batch = JsonRows.Decode(["{\"x\": 1}", "{\"x\": \"a\"}", " {\"x\": 2} "], One(DataType.BigInt), DecodeOptions.Default, new BatchOrigin(new PartitionId("s", 0), ""), errors);
        Assert.Equal([1L, 2L], ((Int64Column)batch["x"]).Values.ToArray());
        Assert.Equal([0L, 2L], batch.Headers.Positions.ToArray());
        Assert.Equal("column 'x': 'a' is no bigint", Assert.Single(errors.Reasons, reason => reason.Key == 1).Value);
        batch.Release();
    }
}
