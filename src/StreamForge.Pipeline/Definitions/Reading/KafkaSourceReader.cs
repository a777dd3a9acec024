using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads the fields of a source of type kafka.</summary>
internal static class KafkaSourceReader
{
    private const int LongestTopic = 249;

    /// <summary>A number from here on is a moment since March 1973.</summary>
    private const long LeastMillis = 100_000_000_000;

    private static readonly string[] FormatsLater = ["avro", "protobuf", "debezium-avro"];

    public static KafkaSourceOptions? Read(Section section, ReadContext context, TimeZoneInfo timeZone, out ChangelogDefinition? changelog)
    {
        var connection = Connection(section);
        var topic = Topic(section);
        var format = section.Choice("format", "format", section.Require("format", "format: json"), ["json", "debezium-json"], FormatsLater);
        changelog = ChangelogReader.Read(section, format);
        section.NotYet("a schema registry", "schema_registry");
        var start = Start(section, timeZone);
        if (start is KafkaLatest && changelog is { Before: BeforeImages.Full })
        {
            section.Faults.Add(
                section.Find("start_offset")!.Location,
                "'start_offset: latest' passes over the rows that are there already, and with 'before: full' their changes would take out what never came in; write before: stored, or begin with earliest");
        }
        var security = KafkaSecurityReader.Read(section, context);
        var options = new KafkaSourceOptions(connection ?? "", topic ?? "", format ?? "", start ?? KafkaStart.Earliest)
        {
            ConsumerGroup = Group(section),
            MaxRecords = (int?)section.Integer("max_records", 1, int.MaxValue),
            Security = security,
            Properties = KafkaProperties.Read(section),
        };
        return connection is null || topic is null || format is not ("json" or "debezium-json") || start is null ? null : options;
    }

    private static string? Connection(Section section)
    {
        if (section.RequireText("connection", "connection: localhost:9092") is not { } text) return null;
        var brokers = text.Value.Split(',', StringSplitOptions.TrimEntries);
        if (brokers.All(b => b.Length > 0 && !b.Any(char.IsWhiteSpace))) return string.Join(',', brokers);
        section.Faults.Add(text.Location, "'connection' must be host:port, or several with commas between them, such as broker-1:9092,broker-2:9092");
        return null;
    }

    private static string? Topic(Section section)
    {
        if (section.RequireText("topic", "topic: clicks") is not { } text) return null;
        if (text.Value.Length <= LongestTopic && text.Value is not ("." or "..") && text.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')) return text.Value;
        section.Faults.Add(text.Location, $"{DefinitionText.Quote(text.Value)} cannot name a topic; topics have up to {LongestTopic} letters, digits, ., _ and -, and one source reads one topic");
        return null;
    }

    private static string? Group(Section section)
    {
        if (section.Text("consumer_group") is not { } text) return null;
        if (!string.IsNullOrWhiteSpace(text.Value)) return text.Value;
        section.Faults.Add(text.Location, "'consumer_group' must not be empty; name one, or leave it out to commit no offsets");
        return null;
    }

    /// <returns>Earliest where nothing is said, null after a fault.</returns>
    private static KafkaStart? Start(Section section, TimeZoneInfo timeZone)
    {
        var node = section.Find("start_offset");
        if (node is null) return KafkaStart.Earliest;
        if (node is YamlMapping) return Offsets(section, node);
        if (node is not YamlScalar scalar)
        {
            section.Faults.Add(node.Location, $"'start_offset' must be earliest, latest, a timestamp or offsets by partition, not {node.Kind}");
            return null;
        }
        if (!scalar.Readable) return null;
        switch (scalar.Value.Trim())
        {
            case "earliest": return KafkaStart.Earliest;
            case "latest": return KafkaStart.Latest;
            case var text when TryTime(text, timeZone, out var micros): return new KafkaSince(micros);
            default:
                section.Faults.Add(
                    scalar.Location, $"'start_offset' must be earliest, latest, a timestamp such as 2024-01-01T00:00:00Z, or offsets by partition such as {{0: 120, 1: 98}}, not {scalar.Quoted}");
                return null;
        }
    }

    /// <summary>ISO 8601, without an offset in the source's time zone; or milliseconds since 1970, as records carry them, if they are too many to be meant as an offset.</summary>
    private static bool TryTime(string text, TimeZoneInfo timeZone, out long micros)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var millis) && millis is >= LeastMillis and <= EventTime.Latest / 1000)
        {
            micros = millis * 1000;
            return true;
        }
        if (!Iso8601.TryParse(Encoding.UTF8.GetBytes(text), out micros, out var hasOffset)) return false;
        if (!hasOffset) micros -= EventTimeOffset(timeZone, micros);
        return true;
    }

    private static long EventTimeOffset(TimeZoneInfo timeZone, long localMicros) =>
        timeZone.GetUtcOffset(DateTime.SpecifyKind(EventTime.ToDateTime(localMicros), DateTimeKind.Unspecified)).Ticks / TimeSpan.TicksPerMicrosecond;

    private static KafkaOffsets? Offsets(Section section, YamlNode node)
    {
        var offsets = ImmutableSortedDictionary.CreateBuilder<int, long>();
        var before = section.Faults.Count;
        foreach (var (key, value) in section.Entries("start_offset", node))
        {
            if (!int.TryParse(key.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var partition))
                section.Faults.Add(key.Location, $"'start_offset' names partitions by their numbers, from 0, not {key.Quoted}");
            else if (section.Scalar("start_offset", value) is { } scalar)
            {
                if (!long.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
                    section.Faults.Add(scalar.Location, $"the offset of partition {partition} must be an integer of at least 0, not {scalar.Quoted}");
                else if (!offsets.TryAdd(partition, offset))
                    section.Faults.Add(key.Location, $"partition {partition} stands twice in 'start_offset'; keep one of the two");
            }
        }
        return section.Faults.Count > before ? null : new KafkaOffsets(offsets.ToImmutable());
    }
}

/// <summary>Reads <c>security</c>.</summary>
internal static class KafkaSecurityReader
{
    private static readonly string[] Protocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

    public static KafkaSecurity Read(Section source, ReadContext context)
    {
        if (source.Child("security") is not { } section) return KafkaSecurity.None;
        var protocol = section.Choice("protocol", "security protocol", section.Require("protocol", "protocol: SASL_SSL"), Protocols);
        var mechanism = section.Choice("mechanism", "mechanism", section.Find("mechanism"), ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], "GSSAPI", "OAUTHBEARER", "AWS_MSK_IAM");
        var security = new KafkaSecurity(
            protocol, mechanism, section.Text("username")?.Value, section.Text("password")?.Value, Path("ca"), Path("certificate"), Path("key"), section.Text("key_password")?.Value,
            section.Flag("verify_hostname"));
        if (protocol is not null) CheckFits(section, protocol);
        section.Close();
        return security;

        string? Path(string field) => section.Text(field) is { } text ? context.Resolve(text) : null;
    }

    private static void CheckFits(Section section, string protocol)
    {
        var signsIn = protocol.StartsWith("SASL", StringComparison.Ordinal);
        foreach (var field in (ReadOnlySpan<string>)["mechanism", "username", "password"])
        {
            if (signsIn) section.Require(field, field switch { "mechanism" => "mechanism: SCRAM-SHA-512", "username" => "username: reader", _ => "password: \"${KAFKA_PASSWORD}\"" });
            else section.Refuse(field, $"'{field}' is for signing in with SASL, and the protocol is {protocol}; use SASL_SSL, or remove it");
        }
        if (protocol.EndsWith("SSL", StringComparison.Ordinal)) return;
        foreach (var field in (ReadOnlySpan<string>)["ca", "certificate", "key", "key_password", "verify_hostname"])
            section.Refuse(field, $"'{field}' is for TLS, and the protocol is {protocol}; use SSL or SASL_SSL, or remove it");
    }
}

/// <summary>Reads <c>properties</c>: settings of librdkafka by their own names.</summary>
internal static class KafkaProperties
{
    private const string Position = "positions are kept in the checkpoints, and what is durable is committed to 'consumer_group'";

    /// <summary>Settings that are said elsewhere, or without which records would be lost, doubled or read before they are committed.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "write 'connection' instead",
        ["metadata.broker.list"] = "write 'connection' instead",
        ["group.id"] = "write 'consumer_group' instead",
        ["group.instance.id"] = "partitions are assigned by this program, not by the group",
        ["partition.assignment.strategy"] = "partitions are assigned by this program, not by the group",
        ["enable.auto.commit"] = Position,
        ["auto.commit.enable"] = Position,
        ["auto.commit.interval.ms"] = Position,
        ["enable.auto.offset.store"] = Position,
        ["offset.store.method"] = Position,
        ["auto.offset.reset"] = "write 'start_offset' for the first start; after it an offset that is gone is an error, never a jump",
        ["isolation.level"] = "records of transactions are read once they are committed",
        ["enable.partition.eof"] = "the end of a partition is how '--once' finds its own end",
        ["allow.auto.create.topics"] = "reading makes no topics",
        ["plugin.library.paths"] = "libraries are not loaded by a pipeline file",
        ["security.protocol"] = "write it under 'security'",
        ["sasl.mechanism"] = "write it under 'security'",
        ["sasl.mechanisms"] = "write it under 'security'",
        ["sasl.username"] = "write it under 'security'",
        ["sasl.password"] = "write it under 'security'",
        ["ssl.ca.location"] = "write 'ca' under 'security'",
        ["ssl.certificate.location"] = "write 'certificate' under 'security'",
        ["ssl.key.location"] = "write 'key' under 'security'",
        ["ssl.key.password"] = "write 'key_password' under 'security'",
        ["ssl.endpoint.identification.algorithm"] = "write 'verify_hostname' under 'security'",
    };

    public static ImmutableArray<KafkaProperty> Read(Section section)
    {
        var properties = ImmutableArray.CreateBuilder<KafkaProperty>();
        foreach (var (key, value) in section.Entries("properties", section.Find("properties")))
        {
            if (Refused.TryGetValue(key.Value, out var why)) section.Faults.Add(key.Location, $"the property {key.Quoted} cannot be set: {why}; remove it");
            else if (section.Scalar(key.Value, value) is { } scalar) properties.Add(new KafkaProperty(key.Value, scalar.Value, key.Location));
        }
        return properties.ToImmutable();
    }
}
