using StreamForge.Core;

namespace StreamForge.Tests.Formats.Debezium;

public class DebeziumValuesTests
{
    [Theory]
    [InlineData("decimal(12,2)", "\"BOI=\"", "12.50")]
    [InlineData("decimal(12,2)", "\"2PE=\"", "-99.99")]
    [InlineData("decimal(12,2)", "12.5", "12.50")]
    [InlineData("decimal(12,2)", "\"-12.5\"", "-12.50")]
    [InlineData("decimal(12,2)", "1.5e1", "15.00")]
    [InlineData("decimal(12,2)", "\"1234\"", "1234.00")]
    [InlineData("decimal(12,2)", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAZA==\"", "1.00")]
    [InlineData("decimal(12,2)", "{\"scale\":1,\"value\":\"AQ==\"}", "0.10")]
    [InlineData("decimal(12,2)", "{ \"value\" : \"AQ==\", \"scale\" : -2 }", "100.00")]
    [InlineData("decimal(12,2)", "{\"scale\":3,\"value\":\"AQ==\"}", "column 'x': 'AQ==' is no decimal(12,2): 0.001 has more digits after the point, or is out of range")]
    [InlineData("decimal(4,2)", "\"J2A=\"", "column 'x': 'J2A=' is no decimal(4,2): 100.80 is out of range")]
    [InlineData("decimal(12,2)", "\"NaN\"", "column 'x': 'NaN' is no decimal(12,2): it is neither a number nor one in base64")]
    [InlineData("decimal(12,2)", "true", "column 'x': 'true' is no decimal(12,2)")]
    [InlineData("double", "\"NaN\"", "NaN")]
    [InlineData("double", "\"-Infinity\"", "-Infinity")]
    [InlineData("double", "\"POSITIVE_INFINITY\"", "Infinity")]
    [InlineData("double", "\"1.5\"", "1.5")]
    [InlineData("double", "5e-324", "5E-324")]
    [InlineData("double", "{\"scale\":1,\"value\":\"AQ==\"}", "0.1")]
    [InlineData("double", "\"AQ==\"", "column 'x': 'AQ==' is no double")]
    [InlineData("bigint", "1e3", "1000")]
    [InlineData("int", "9000000000", "column 'x': '9000000000' is no int: it is out of range")]
    [InlineData("boolean", "1", "1")]
    [InlineData("boolean", "0.0", "0")]
    [InlineData("boolean", "false", "0")]
    [InlineData("boolean", "\"true\"", "1")]
    [InlineData("boolean", "2", "column 'x': '2' is no boolean: it is neither 0 nor 1")]
    [InlineData("date", "18690", "2021-03-04")]
    [InlineData("date", "-1", "1969-12-31")]
    [InlineData("date", "\"2021-03-04\"", "2021-03-04")]
    [InlineData("date", "\"2021-03-04Z\"", "2021-03-04")]
    [InlineData("date", "2147483647", "column 'x': '2147483647' is no date: it lies outside the years 1 to 9999")]
    [InlineData("timestamp", "\"2021-03-04T05:06:07.123456Z\"", "2021-03-04T05:06:07.123456Z")]
    [InlineData("timestamp ms", "1614834367123", "2021-03-04T05:06:07.123Z")]
    [InlineData("timestamp us", "1614834367123456", "2021-03-04T05:06:07.123456Z")]
    [InlineData("timestamp ns", "-1", "1969-12-31T23:59:59.999999Z")]
    [InlineData("timestamp", "1614834367123", "column 'x': '1614834367123' is no timestamp: an integer needs a declared unit")]
    [InlineData("timestamptz", "\"infinity\"", "column 'x': 'infinity' is no timestamptz: expected ISO 8601")]
    [InlineData("timestamp ms", "9223372036825200000", "column 'x': '9223372036825200000' is no timestamp: it lies outside the years 1 to 9999")]
    [InlineData("bytes", "\"AP9/gA==\"", "00FF7F80")]
    [InlineData("bytes", "\"AP9_gA==\"", "00FF7F80")]
    [InlineData("bytes", "\"\"", "")]
    [InlineData("bytes", "\"\\\\x00\"", "column 'x': '\\x00' is no bytes: it is not base64")]
    [InlineData("string", "\"\\ud83d\\udc22\"", "🐢")]
    [InlineData("string", "\"\\ud83d\"", "column 'x' holds half of a surrogate pair")]
    [InlineData("string", "{\"scale\":1, \"value\":\"AQ==\"}", "{\"scale\":1, \"value\":\"AQ==\"}")]
    [InlineData("string", "1.50", "1.50")]
    [InlineData("array", "[1,null]", "[1,null]")]
    [InlineData("row", "{\"x\": 1.5}", "{\"x\": 1.5}")]
    [InlineData("map", "\" {\\\"a\\\": 1}\"", "{\"a\": 1}")]
    [InlineData("array", "\"{}\"", "column 'x': '{}' is no array")]
    [InlineData("int", "null", "null")]
    public void Without_a_schema_a_value_is_read_by_its_declared_type(string type, string json, string expected) => Assert.Equal(expected, Events.Value(type, json));

    [Theory]
    [InlineData("decimal(12,3)", "\"AJY=\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2","connect.decimal.precision":"6"},"field":"x"}""", "1.500")]
    [InlineData("decimal(12,1)", "\"AJc=\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"x"}""", "column 'x': 'AJc=' is no decimal(12,1): 1.51 has more digits after the point, or is out of range")]
    [InlineData("string", "\"AJY=\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"x"}""", "1.50")]
    [InlineData("bigint", "\"AP//////////\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"0"},"field":"x"}""", "column 'x': 'AP//////////' is no bigint: 18446744073709551615 has a fraction, or is out of range")]
    [InlineData("double", "\"APMWJxx/w5CKi+9GTjlF73olNgn//////////w==\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"30"},"field":"x"}""", "1E+35")]
    [InlineData("string", "\"APMWJxx/w5CKi+9GTjlF73olNgn//////////w==\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"30"},"field":"x"}""", "99999999999999999999999999999999999.999999999999999999999999999999")]
    [InlineData("decimal(12,2)", "\"1234\"", """{"type":"string","field":"x"}""", "1234.00")]
    [InlineData("decimal(12,2)", "\"1234\"", """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"x"}""", "-26588.24")]
    [InlineData("string", "{\"scale\":9,\"value\":\"AQ==\"}", """{"type":"struct","name":"io.debezium.data.VariableScaleDecimal","field":"x"}""", "0.000000001")]
    [InlineData("timestamp", "1614834367123", """{"type":"int64","name":"io.debezium.time.Timestamp","field":"x"}""", "2021-03-04T05:06:07.123Z")]
    [InlineData("timestamp s", "1614834367123456", """{"type":"int64","name":"io.debezium.time.MicroTimestamp","field":"x"}""", "2021-03-04T05:06:07.123456Z")]
    [InlineData("timestamp", "1614834367123456789", """{"type":"int64","name":"io.debezium.time.NanoTimestamp","field":"x"}""", "2021-03-04T05:06:07.123456Z")]
    [InlineData("timestamp", "1614834367123", """{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp","field":"x"}""", "2021-03-04T05:06:07.123Z")]
    [InlineData("timestamptz", "\"2021-03-04T03:06:07.5Z\"", """{"type":"string","name":"io.debezium.time.ZonedTimestamp","field":"x"}""", "2021-03-04T03:06:07.500Z")]
    [InlineData("timestamp", "18690", """{"type":"int32","name":"io.debezium.time.Date","field":"x"}""", "2021-03-04T00:00:00Z")]
    [InlineData("date", "18690", """{"type":"int32","name":"org.apache.kafka.connect.data.Date","field":"x"}""", "2021-03-04")]
    [InlineData("date", "\"2021-03-04Z\"", """{"type":"string","name":"io.debezium.time.IsoDate","field":"x"}""", "2021-03-04")]
    [InlineData("string", "18690", """{"type":"int32","name":"io.debezium.time.Date","field":"x"}""", "2021-03-04")]
    [InlineData("string", "1614834367123", """{"type":"int64","name":"io.debezium.time.Timestamp","field":"x"}""", "2021-03-04T05:06:07.123")]
    [InlineData("string", "-3020399999999", """{"type":"int64","name":"io.debezium.time.MicroTime","field":"x"}""", "-838:59:59.999999")]
    [InlineData("string", "86400000", """{"type":"int32","name":"io.debezium.time.Time","field":"x"}""", "24:00:00")]
    [InlineData("bigint", "18367000000", """{"type":"int64","name":"io.debezium.time.MicroTime","field":"x"}""", "18367000000")]
    [InlineData("int", "2021", """{"type":"int32","name":"io.debezium.time.Year","field":"x"}""", "2021")]
    [InlineData("bytes", "\"/w8=\"", """{"type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"12"},"field":"x"}""", "FF0F")]
    public void With_a_schema_its_meaning_wins(string type, string json, string schema, string expected) => Assert.Equal(expected, Events.Value(type, json, schema));

    [Fact]
    public void A_schema_that_changes_on_the_way_is_followed_record_by_record()
    {
        string Record(int scale, string json) => Events.WithSchema(
            Events.Envelope("c", null, $$"""{"x":"{{json}}"}"""), $$"""{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"{{scale}}"},"field":"x"}""");
        using var batch = Events.Decode("x decimal(12,4)", "", (Record(2, "AJY="), null), (Record(2, "AJc="), null), (Record(4, "AJY="), null), (Record(2, "AJY="), null));
        Assert.Equal(["c 1.5000", "c 1.5100", "c 0.0150", "c 1.5000"], Events.Rows(batch));
    }

    [Fact]
    public void Digits_that_base64_could_have_are_base64_once_another_decimal_was()
    {
        using var batch = Events.Decode(
            "x decimal(12,2), y decimal(12,2)", "", (Events.Envelope("c", null, """{"x":"1234","y":"1.00"}"""), null), (Events.Envelope("c", null, """{"x":"1234","y":"AJY="}"""), null),
            (Events.Envelope("c", null, """{"x":"1234","y":"AJY="}"""), null));
        Assert.Equal(["c 1234.00|1.00", "c 1234.00|1.50", "c -26588.24|1.50"], Events.Rows(batch));
    }

    [Theory]
    [InlineData("string", "\"__debezium_unavailable_value\"")]
    [InlineData("decimal(10,2)", "\"__debezium_unavailable_value\"")]
    [InlineData("row", "\"__debezium_unavailable_value\"")]
    [InlineData("bytes", "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"")]
    [InlineData("string", "\"5f5f646562657a69756d5f756e617661696c61626c655f76616c7565\"")]
    [InlineData("array", "[\"__debezium_unavailable_value\"]")]
    [InlineData("string", "[ \"__debezium_unavailable_value\" ]")]
    [InlineData("array", "[95, 95, 100, 101, 98, 101, 122, 105, 117, 109, 95, 117, 110, 97, 118, 97, 105, 108, 97, 98, 108, 101, 95, 118, 97, 108, 117, 101]")]
    [InlineData("array", "[\"b68a35a7-17ad-35b3-af2a-ae46edb4545a\"]")]
    [InlineData("map", "{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}")]
    public void What_was_not_sent_is_null_and_listed_and_makes_an_old_image_less_than_whole(string type, string json)
    {
        var image = $$"""{"id":1,"x":{{json}},"y":2}""";
        using var batch = Events.Decode($"id int, y int, x {type}", "id", (Events.Envelope("c", null, """{"id":1,"y":2}"""), null), (Events.Envelope("u", image, image), null), (Events.Envelope("d", """{"id":1,"y":2}""", null), null));
        Assert.Equal(["c 1|2|null", "b 1|2|null", "u 1|2|null", "d 1|2|null"], Events.Rows(batch));
        Assert.Equal([(1, 2), (2, 2)], batch.Changes!.Unavailable);
        Assert.Equal([false, false, true], batch.Changes.Events.Select(e => e.BeforeIsWhole));
    }

    [Theory]
    [InlineData("{\"id\":1,\"owner\":null,\"balance\":null}", false)]
    [InlineData("{\"id\":1}", false)]
    [InlineData("{\"id\":1,\"owner\":\"\",\"balance\":\"AA==\"}", false)]
    [InlineData("{\"id\":1,\"owner\":\"1970-01-01T00:00:00.000000Z\",\"balance\":0}", false)]
    [InlineData("{\"id\":1,\"owner\":\"[]\",\"balance\":\"0.00\"}", false)]
    [InlineData("{\"id\":1,\"owner\":\"a\",\"balance\":null}", true)]
    [InlineData("{\"id\":1,\"owner\":null,\"balance\":\"AQ==\"}", true)]
    public void An_old_image_that_may_be_the_key_alone_is_not_whole(string before, bool whole)
    {
        foreach (var key in (string[])["id", ""])
        {
            using var batch = Events.Decode("id int, owner string, balance decimal(10,2)", key, (Events.Envelope("d", before, null), """{"id":1}"""));
            Assert.Equal(whole, Assert.Single(batch.Changes!.Events).BeforeIsWhole);
        }
        using var mysql = Events.Decode("id int, owner string, balance decimal(10,2)", "id", (Events.Envelope("d", before, null, """{"connector":"mysql"}"""), null));
        Assert.True(mysql.Changes!.Events[0].BeforeIsWhole);
    }

    [Fact]
    public void Where_the_key_alone_is_read_the_key_alone_is_whole_and_a_schemas_defaults_say_nothing()
    {
        using var keyOnly = Events.Decode("id int", "id", (Events.Envelope("d", """{"id":1,"owner":null}""", null), null));
        Assert.True(keyOnly.Changes!.Events[0].BeforeIsWhole);
        var status = """{"type":"string","optional":false,"default":"new","field":"status"}""";
        using var batch = Events.Decode(
            "id int, status string", "id", (Events.WithSchema(Events.Envelope("d", """{"id":1,"status":"new"}""", null), status), null), (Events.WithSchema(Events.Envelope("d", """{"id":1,"status":"paid"}""", null), status), null));
        Assert.Equal([false, true], batch.Changes!.Events.Select(e => e.BeforeIsWhole));
    }

    [Theory]
    [InlineData("\"snapshot\":\"true\"", SnapshotPhase.Reading)]
    [InlineData("\"snapshot\":\"first\"", SnapshotPhase.First)]
    [InlineData("\"snapshot\":\"first_in_data_collection\"", SnapshotPhase.First)]
    [InlineData("\"snapshot\":\"last_in_data_collection\"", SnapshotPhase.Reading)]
    [InlineData("\"snapshot\":\"last\"", SnapshotPhase.Last)]
    [InlineData("\"snapshot\":\"incremental\"", SnapshotPhase.Incremental)]
    [InlineData("\"snapshot\":\"false\"", SnapshotPhase.None)]
    [InlineData("\"snapshot\":true", SnapshotPhase.Reading)]
    [InlineData("\"snapshot\":false", SnapshotPhase.None)]
    [InlineData("\"snapshot\":null", SnapshotPhase.None)]
    [InlineData("\"db\":\"x\"", SnapshotPhase.None)]
    public void The_phase_of_a_snapshot_is_told_by_its_source(string field, SnapshotPhase phase)
    {
        using var batch = Events.Decode("id int", "", (Events.Envelope("r", null, """{"id":1}""", $"{{{field}}}"), null));
        Assert.Equal(phase, batch.Changes!.Events[0].Snapshot);
    }

    [Fact]
    public void Positions_are_counted_in_what_the_database_counts_in()
    {
        SourcePosition Of(string source)
        {
            using var batch = Events.Decode("id int", "", (Events.Envelope("c", null, """{"id":1}""", source), null));
            return batch.Changes!.Events[0].Source;
        }
        Assert.Equal(new SourcePosition(0, 0, 24160784, 0), Of("""{"sequence":"[null,\"24160784\"]","lsn":24160784}"""));
        Assert.Equal(new SourcePosition(0, 24252616, 24251992, 0), Of("""{"sequence":"[\"24252616\",\"24251992\"]","pos":5}"""));
        var maria = Of("""{"gtid":"0-1-82","file":"binlog.000001","pos":52142,"row":1}""");
        Assert.Equal((82UL, 52142UL, 1UL), (maria.Major, maria.Minor, maria.Row));
        Assert.Equal(maria.Scope, Of("""{"gtid":"0-1-7"}""").Scope);
        Assert.NotEqual(maria.Scope, Of("""{"gtid":"1-1-7"}""").Scope);
        var mysql = Of("""{"gtid":"3e11fa47-71ca-11e1-9e33-c80aa9429562:23","pos":4}""");
        Assert.Equal((23UL, 4UL), (mysql.Major, mysql.Minor));
        Assert.Equal(mysql.Scope, Of("""{"gtid":"3e11fa47-71ca-11e1-9e33-c80aa9429562:24"}""").Scope);
        var file = Of("""{"gtid":null,"file":"mysql-bin.000003","pos":154,"row":2}""");
        Assert.Equal((3UL, 154UL, 2UL), (file.Major, file.Minor, file.Row));
        Assert.True(file.CompareTo(Of("""{"file":"mysql-bin.000010","pos":4}""")) < 0);
        foreach (var none in (string[])["""{"lsn":24160784}""", """{"file":"","pos":0}""", """{"gtid":"","file":"x"}""", """{"sequence":"[\"1\"]"}""", """{"commit_lsn":"00000027:00000758:0005"}"""]) Assert.True(Of(none).IsNone);
    }
}
