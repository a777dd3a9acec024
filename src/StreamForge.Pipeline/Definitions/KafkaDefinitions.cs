using System.Collections.Immutable;

namespace StreamForge.Pipeline.Definitions;

/// <summary><c>type: kafka</c>: the records of one topic, a partition for each of the topic's.</summary>
/// <param name="Connection">Where the brokers are asked for first: <c>host:port</c>, several separated by commas.</param>
/// <param name="Format">Of the records' values: json or debezium-json.</param>
/// <param name="Start">Where a partition begins that no checkpoint knows.</param>
public sealed record KafkaSourceOptions(string Connection, string Topic, string Format, KafkaStart Start) : SourceOptions
{
    /// <summary>The group that durable offsets are committed to, for tools that show lag; null commits none.</summary>
    public string? ConsumerGroup { get; init; }

    /// <summary>Where reading ends at the latest, by partition; of partitions that are not among them nothing is read. Null for no such end. No pipeline file says it: it is for history that is read once more.</summary>
    public ImmutableSortedDictionary<int, long>? Ends { get; init; }

    /// <summary>Records a batch at most; null for the pipeline's <c>max_records</c>.</summary>
    public int? MaxRecords { get; init; }

    public KafkaSecurity Security { get; init; } = KafkaSecurity.None;

    /// <summary>Settings of librdkafka, none of which this program sets itself.</summary>
    public ImmutableArray<KafkaProperty> Properties { get; init; } = [];
}

/// <summary>Where reading begins.</summary>
public abstract record KafkaStart
{
    /// <summary>With the oldest record that is kept.</summary>
    public static KafkaStart Earliest { get; } = new KafkaEarliest();

    /// <summary>With the first record that is written after the start.</summary>
    public static KafkaStart Latest { get; } = new KafkaLatest();
}

public sealed record KafkaEarliest : KafkaStart;

public sealed record KafkaLatest : KafkaStart;

/// <summary>With the first record whose timestamp is not before a moment.</summary>
/// <param name="Micros">Microseconds since 1970 in UTC.</param>
public sealed record KafkaSince(long Micros) : KafkaStart;

/// <summary>With the given offsets; a partition that is not among them begins with its oldest record.</summary>
public sealed record KafkaOffsets(ImmutableSortedDictionary<int, long> Offsets) : KafkaStart;

/// <summary>How brokers are spoken to. What is null is not set.</summary>
/// <param name="Protocol">PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.</param>
/// <param name="Mechanism">PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.</param>
/// <param name="Authority">Absolute path of a PEM file with the authorities that brokers' certificates are checked against.</param>
/// <param name="Certificate">Absolute path of the client's own certificate, PEM.</param>
/// <param name="Key">Absolute path of its key, PEM.</param>
public sealed record KafkaSecurity(
    string? Protocol, string? Mechanism, string? Username, string? Password, string? Authority, string? Certificate, string? Key, string? KeyPassword, bool? VerifyHostname)
{
    public static KafkaSecurity None { get; } = new(null, null, null, null, null, null, null, null, null);
}

/// <summary>A raw setting of librdkafka.</summary>
/// <param name="Location">The place of its name.</param>
public sealed record KafkaProperty(string Name, string Value, SourceLocation Location);
