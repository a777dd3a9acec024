using StreamForge.Core;

namespace StreamForge.Tests.Formats.Debezium;

public class DebeziumDecoderTests
{
    private const string Accounts = "id int, owner string, balance decimal(10,2)";

    [Fact]
    public void An_update_is_its_old_image_and_its_new_one_and_everything_else_one_row()
    {
        using var batch = Events.Decode(
            Accounts, "id",
            (Events.Envelope("r", null, """{"id":1,"owner":"ada","balance":"A+g="}"""), null),
            (Events.Envelope("c", null, """{"id":2,"owner":"bob","balance":"2.50"}"""), null),
            (Events.Envelope("u", """{"id":1,"owner":"ada","balance":"A+g="}""", """{"id":1,"owner":"ada","balance":20}"""), null),
            (Events.Envelope("d", """{"id":2,"owner":"bob","balance":"2.50"}""", null), null));
        Assert.Equal(["r 1|ada|10.00", "c 2|bob|2.50", "b 1|ada|10.00", "u 1|ada|20.00", "d 2|bob|2.50"], Events.Rows(batch));
        Assert.Equal([0, 1, 2, 2, 3], batch.Batch.Headers.Positions.ToArray());
        Assert.Equal([(-1, 0, false), (-1, 1, false), (2, 3, true), (4, -1, true)], batch.Changes!.Events.Select(e => (e.Before, e.After, e.BeforeIsWhole)));
        Assert.Equal([ChangeKind.Read, ChangeKind.Create, ChangeKind.Update, ChangeKind.Delete], batch.Changes.Events.Select(e => e.Kind));
        Assert.Equal(0, batch.PassedOver);
    }

    [Fact]
    public void The_order_of_an_envelopes_fields_does_not_matter_nor_that_of_schema_and_payload()
    {
        var turned = $$"""{"op":"u","source":{{Events.Postgres}},"after":{"balance":2,"id":1},"before":{"owner":"a","balance":1,"id":1} }""";
        var schema = """{"schema":{"type":"struct","fields":[]},"payload":""";
        using var batch = Events.Decode(Accounts, "id", (turned, null), (schema + turned + "}", null), ($$"""{"payload":{{turned}},"schema":null}""", null));
        Assert.Equal(Enumerable.Repeat((string[])["b 1|a|1.00", "u 1|null|2.00"], 3).SelectMany(r => r), Events.Rows(batch));
        Assert.All(batch.Changes!.Events, e => Assert.Equal(new SourcePosition(0, 20, 30, 0), e.Source));
    }

    [Fact]
    public void Records_may_have_blanks_around_their_colons_or_not_also_behind_a_broken_one()
    {
        var compact = Events.Envelope("c", null, """{"id":1,"owner":"ada","balance":"1.50"}""");
        var spaced = compact.Replace("\":", "\": ", StringComparison.Ordinal);
        using var batch = Events.Decode(Accounts, "id", (spaced, null), ("""{"op":"c","after":{""", null), (spaced, null), (compact, null), (spaced, null));
        Assert.Single(batch.DeadLetters);
        Assert.Equal(Enumerable.Repeat("c 1|ada|1.50", 4), Events.Rows(batch));
    }

    [Theory]
    [InlineData("""[\"20\",\"30\"]""", 20, 30)]
    [InlineData("""[\u002220\u0022,\u002230\u0022]""", 20, 30)]
    [InlineData("""\u005b\u006eull\u002C \u00223\u0030\u0022]""", 0, 30)]
    [InlineData("""[20,30]""", 20, 30)]
    public void A_position_is_read_from_a_text_however_its_characters_are_escaped(string sequence, ulong commit, ulong record)
    {
        var source = Events.Postgres.Replace("""[\"20\",\"30\"]""", sequence, StringComparison.Ordinal);
        using var batch = Events.Decode("id int", "", (Events.Envelope("c", null, """{"id":1}""", source), null));
        Assert.Equal(new SourcePosition(0, commit, record, 0), Assert.Single(batch.Changes!.Events).Source);
    }

    [Fact]
    public void What_is_no_change_of_a_row_is_passed_over()
    {
        using var batch = Events.Decode(
            Accounts, "id",
            (null, """{"id":7}"""), ("null", """{"id":8}"""), ("""{"schema":null,"payload":null}""", """{"schema":{"type":"struct"},"payload":{"id":9}}"""),
            ($$"""{"op":"m","ts_ms":1,"source":{{Events.Postgres}},"message":{"prefix":"p","content":"YQ=="} }""", """{"prefix":"p"}"""),
            ("""{"status":"BEGIN","id":"571:53195829","event_count":null,"data_collections":null,"ts_ms":1486500577125}""", null),
            ("""{"ts_ms":1700000000000}""", """{"serverName":"pg"}"""),
            ($$"""{"source":{{Events.Postgres}},"ts_ms":1,"databaseName":"shop","schemaName":null,"ddl":"ALTER TABLE a","tableChanges":[]}""", null),
            (Events.Envelope("t", null, null), null));
        Assert.Empty(batch.DeadLetters);
        Assert.Equal(0, batch.Batch.Count);
        Assert.Equal([.. Enumerable.Repeat(ChangeKind.Tombstone, 3), .. Enumerable.Repeat(ChangeKind.Other, 4), ChangeKind.Truncate], batch.Changes!.Events.Select(e => e.Kind));
        Assert.Equal([7L, 8L, 9L], Enumerable.Range(0, 3).Select(i => KeyCodec.Read(batch.Changes.Keys[i], [new Field("id", DataType.Int)])[0].Int64));
        Assert.All(Enumerable.Range(3, 5), i => Assert.True(batch.Changes.Keys.IsNull(i)));
        Assert.Equal(7, batch.PassedOver);
    }

    [Theory]
    [InlineData("{\"before\":null", "the JSON object is not closed")]
    [InlineData("[1]", "not a JSON object: it begins with '['")]
    [InlineData("", "the value is empty")]
    [InlineData("{\"op\":\"c\",\"after\":{}} x", "not JSON: 'x' after the object")]
    [InlineData("{\"op\":\"c\",\"after\":{\"id\":tru}}", "not JSON: a value cannot begin with 't'")]
    [InlineData("{\"op\":\"q\",\"after\":{}}", "unknown op \"q\"; c, u, d, r, t and m are known")]
    [InlineData("{\"op\":\"u\",\"before\":{\"id\":1}}", "its op is u, and it has no 'after'")]
    [InlineData("{\"op\":\"c\",\"after\":null}", "its op is c, and it has no 'after'")]
    [InlineData("{\"op\":\"c\",\"after\":\"{\\\"_id\\\": 1}\",\"source\":null}", "its 'after' is no object but \"{\\\"_id\\\": 1}\"; row images of relational databases are read")]
    [InlineData("{\"op\":\"d\",\"before\":\"{}\"}", "its 'before' is no object but \"{}\"; row images of relational databases are read")]
    [InlineData("{\"id\":1,\"owner\":\"ada\"}", "no change event: it has no 'op'; where ExtractNewRecordState takes the envelope off, an update cannot be told from an insert")]
    [InlineData("{\"op\":\"c\",\"x\":1}", "no change event: it has an 'op', but neither 'before', 'after' nor 'source'")]
    public void What_is_no_change_event_is_a_dead_letter_that_says_why(string value, string reason)
    {
        using var batch = Events.Decode(Accounts, "", (value, null), (Events.Envelope("c", null, """{"id":5}"""), null));
        Assert.StartsWith(reason, Assert.Single(batch.DeadLetters).Reason, StringComparison.Ordinal);
        Assert.Equal(["c 5|null|null"], Events.Rows(batch));
        Assert.Single(batch.Changes!.Events);
    }

    [Fact]
    public void An_after_that_does_not_fit_is_a_dead_letter_and_its_before_still_goes_on()
    {
        using var batch = Events.Decode(Accounts, "id", (Events.Envelope("u", """{"id":1,"owner":"a","balance":1}""", """{"id":1,"owner":"a","balance":"x"}"""), null));
        Assert.Equal("column 'balance': 'x' is no decimal(10,2): it is neither a number nor one in base64", Assert.Single(batch.DeadLetters).Reason);
        Assert.Equal(["b 1|a|1.00"], Events.Rows(batch));
        var change = Assert.Single(batch.Changes!.Events);
        Assert.Equal((ChangeKind.Update, 0, -1, true), (change.Kind, change.Before, change.After, change.BeforeIsWhole));
        Assert.False(batch.Changes.Keys.IsNull(0));
    }

    [Theory]
    [InlineData("""{"id":1,"owner":"a","owner":"b"}""", "duplicate field 'owner'")]
    [InlineData("""{"id":1,"owner":"\ud83d"}""", "column 'owner' holds half of a surrogate pair")]
    [InlineData("""{"id":1.5}""", "column 'id': '1.5' is no int: it has a fraction")]
    public void A_row_that_does_not_fit_is_an_event_without_it(string after, string reason)
    {
        using var batch = Events.Decode(Accounts, "id", (Events.Envelope("c", null, after), """{"id":1}"""));
        Assert.Equal(reason, Assert.Single(batch.DeadLetters).Reason);
        Assert.Equal(0, batch.Batch.Count);
        var change = Assert.Single(batch.Changes!.Events);
        Assert.Equal((ChangeKind.Create, -1, -1), (change.Kind, change.Before, change.After));
        Assert.Equal(1, KeyCodec.Read(batch.Changes.Keys[0], [new Field("id", DataType.Int)])[0].Int64);
    }

    [Fact]
    public void A_before_that_does_not_fit_contributed_nothing_and_contributes_nothing_now()
    {
        using var batch = Events.Decode(
            Accounts, "id", (Events.Envelope("u", """{"id":1,"owner":"a","balance":"x"}""", """{"id":1,"owner":"a","balance":1}"""), null), (Events.Envelope("d", """{"id":1,"balance":"x"}""", null), """{"id":1}"""));
        Assert.Empty(batch.DeadLetters);
        Assert.Equal(["u 1|a|1.00"], Events.Rows(batch));
        Assert.Equal([(-1, 0, true), (-1, -1, true)], batch.Changes!.Events.Select(e => (e.Before, e.After, e.BeforeIsWhole)));
        Assert.Equal(batch.Changes.Keys[0].ToArray(), batch.Changes.Keys[1].ToArray());
    }

    [Fact]
    public void Only_columns_that_are_read_can_misfit()
    {
        using var batch = Events.Decode("owner string", "", (Events.Envelope("c", null, """{"id":"x","owner":"a","balance":{"y":[1]}}"""), null));
        Assert.Equal(["c a"], Events.Rows(batch));
    }

    [Fact]
    public void An_event_happened_when_its_source_says_else_when_its_record_was_written()
    {
        using var batch = Events.Decode(
            Accounts, "", (Events.Envelope("c", null, """{"id":1}"""), null), (Events.Envelope("c", null, """{"id":2}""", "{}"), null),
            (Events.Envelope("c", null, """{"id":3}""", """{"ts_ms":9223372036854775807}"""), null), ("""{"id":4,"__op":"c","__source_ts_ms":1700000000001}""", null));
        Assert.Equal([1_700_000_000_123_000, 1_600_000_000_000_001, 1_600_000_000_000_002, 1_700_000_000_001_000], ((Int64Column)batch.Batch["event_timestamp"]).Values.ToArray());
    }

    [Fact]
    public void A_row_without_its_envelope_is_taken_where_its_op_was_kept()
    {
        using var batch = Events.Decode(
            Accounts, "id", ("""{"id":1,"owner":"a","balance":"A+g=","__deleted":"false","__op":"c"}""", null), ("""{"id":1,"owner":"b","balance":"A+g=","__deleted":"false","__op":"u"}""", null),
            ("""{"id":1,"owner":null,"balance":null,"__deleted":"true","__op":"d"}""", null), ("""{"id":2,"owner":"c","__op":"r"}""", null));
        Assert.Equal(["c 1|a|10.00", "u 1|b|10.00", "d 1|null|null", "r 2|c|null"], Events.Rows(batch));
        Assert.Equal([(-1, false), (-1, false), (2, false), (-1, false)], batch.Changes!.Events.Select(e => (e.Before, e.BeforeIsWhole)));
        Assert.Equal(SnapshotPhase.Reading, batch.Changes.Events[3].Snapshot);
    }

    [Fact]
    public void Decoding_allocates_nothing_for_an_event()
    {
        var (schema, units) = Events.Columns(Accounts);
        var decoder = new StreamForge.Formats.Debezium.DebeziumDecoder(schema, [schema[0]], StreamForge.Formats.DecodeOptions.Default with { Units = units });
        var value = System.Text.Encoding.UTF8.GetBytes(Events.Envelope("u", """{"id":1,"owner":"ada","balance":"A+g="}""", """{"id":1,"owner":"ada","balance":"A+k="}"""));
        long Allocated()
        {
            decoder.Begin(1000);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++) Assert.Null(decoder.Decode(new StreamForge.Formats.Debezium.DebeziumRecord(value, 0, value.Length, default, 0, 0)));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Allocated();
        Assert.InRange(Allocated(), 0, 1000);
    }
}
