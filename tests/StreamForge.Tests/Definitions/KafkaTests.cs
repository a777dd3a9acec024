using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Definitions;

public class KafkaTests
{
    private const string Least = "type: kafka, connection: \"b:9092\", topic: clicks, format: json";

    [Fact]
    public void Least_that_a_source_needs_reads_everything_from_the_beginning_by_the_records_time()
    {
        var source = Source($"{{{Least}}}");
        var options = Assert.IsType<KafkaSourceOptions>(source.Options);
        Assert.Equal(("b:9092", "clicks", "json", KafkaStart.Earliest), (options.Connection, options.Topic, options.Format, options.Start));
        Assert.Null(options.ConsumerGroup);
        Assert.Equal("event_timestamp", source.EventTime?.Value);
    }

    [Fact]
    public void Everything_that_a_source_can_say_is_read()
    {
        var options = (KafkaSourceOptions)Source($$"""
            {{{Least}}, consumer_group: g, max_records: 500, start_offset: {1: 12, 0: 7},
             security: {protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: u, password: p, ca: ca.pem, verify_hostname: false}, properties: {fetch.min.bytes: 1000, client.rack: a} }
            """).Options;
        Assert.Equal(("g", 500), (options.ConsumerGroup, options.MaxRecords));
        Assert.Equal([new(0, 7), new(1, 12)], ((KafkaOffsets)options.Start).Offsets);
        Assert.Equal(new KafkaSecurity("SASL_SSL", "SCRAM-SHA-512", "u", "p", "/base/ca.pem", null, null, null, VerifyHostname: false), options.Security);
        Assert.Equal([("fetch.min.bytes", "1000"), ("client.rack", "a")], options.Properties.Select(p => (p.Name, p.Value)));
    }

    [Theory]
    [InlineData("latest", null)]
    [InlineData("2024-01-01T00:00:00Z", 1_704_067_200_000_000)]
    [InlineData("2024-01-01T01:00:00+01:00", 1_704_067_200_000_000)]
    [InlineData("\"2024-01-01 01:00:00\"", 1_704_067_200_000_000)]
    [InlineData("1704067200000", 1_704_067_200_000_000)]
    public void Start_is_a_word_or_a_moment(string text, long? micros)
    {
        var start = ((KafkaSourceOptions)Source($"{{{Least}, timezone: Europe/Paris, start_offset: {text}}}").Options).Start;
        Assert.Equal(micros is { } moment ? new KafkaSince(moment) : KafkaStart.Latest, start);
    }

    [Theory]
    [InlineData("{type: kafka, topic: t, format: json}", "the source 's' needs 'connection', such as connection: localhost:9092")]
    [InlineData("{type: kafka, connection: \"a:1,,b:2\", topic: t, format: json}", "'connection' must be host:port, or several with commas between them")]
    [InlineData("{type: kafka, connection: \"a:1\", format: json}", "the source 's' needs 'topic', such as topic: clicks")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: \"a,b\", format: json}", "'a,b' cannot name a topic")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t}", "the source 's' needs 'format', such as format: json")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: avro}", "the format 'avro' is not supported yet; use json or debezium-json")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: debezium-avro, key: [id], before: stored}", "the format 'debezium-avro' is not supported yet; use json or debezium-json")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: debezium-json, event_time: at, start_offset: latest}", "'start_offset: latest' passes over the rows that are there already")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, schema_registry: {url: x}}", "a schema registry is not supported yet; remove it")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, key: [id]}", "'key' belongs to a changelog")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, start_offset: 120}", "'start_offset' must be earliest, latest, a timestamp such as 2024-01-01T00:00:00Z, or offsets by partition such as {0: 120, 1: 98}, not '120'")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, start_offset: {a: 1}}", "'start_offset' names partitions by their numbers, from 0, not 'a'")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, start_offset: {0: -1}}", "the offset of partition 0 must be an integer of at least 0, not '-1'")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, max_records: 0}", "'max_records' must be an integer from 1")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, consumer_group: \"\"}", "'consumer_group' must not be empty")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, properties: {enable.auto.commit: true}}", "the property 'enable.auto.commit' cannot be set: positions are kept in the checkpoints")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, properties: {isolation.level: read_uncommitted}}", "the property 'isolation.level' cannot be set")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, properties: {group.id: g}}", "the property 'group.id' cannot be set: write 'consumer_group' instead")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, security: {protocol: TLS}}", "unknown security protocol 'TLS'")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, security: {protocol: SSL, password: x}}", "'password' is for signing in with SASL, and the protocol is SSL")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, security: {protocol: SASL_SSL, mechanism: PLAIN, username: u}}", "needs 'password'")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, security: {protocol: PLAINTEXT, ca: x.pem}}", "'ca' is for TLS, and the protocol is PLAINTEXT")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, security: {protocol: SASL_SSL, mechanism: GSSAPI, username: u, password: p}}", "the mechanism 'GSSAPI' is not supported yet")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, partitions: 4}", "unknown field 'partitions' in the source 's'")]
    [InlineData("{type: kafka, connection: \"a:1\", topic: t, format: json, schema: [{name: event_timestamp, type: timestamp}]}", "the column 'event_timestamp' hides the record's timestamp")]
    public void A_wrong_source_is_a_fault_with_its_place(string source, string part)
    {
        var fault = Assert.Single(TestFiles.Parse(TestFiles.Head(source)).Faults);
        Assert.Contains(part, fault.Sentence, StringComparison.Ordinal);
        Assert.Equal(("p.yaml", 3), (fault.File, fault.Line));
        Assert.True(fault.Column > 0);
    }

    [Fact]
    public void A_secret_in_a_variable_is_not_shown_by_a_fault()
    {
        var faults = TestFiles.Parse(TestFiles.Head($"{{{Least}, start_offset: \"${{SECRET}}\"}}"), ("SECRET", "hunter2")).Faults;
        Assert.DoesNotContain("hunter2", Assert.Single(faults).Sentence, StringComparison.Ordinal);
    }

    private static SourceDefinition Source(string yaml)
    {
        var loaded = TestFiles.Parse(TestFiles.Head(yaml.ReplaceLineEndings(" ")));
        Assert.Equal<Fault>([], loaded.Faults);
        return Assert.Single(loaded.Definition!.Sources);
    }
}
