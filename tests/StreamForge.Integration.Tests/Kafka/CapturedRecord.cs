namespace StreamForge.Integration.Tests.Kafka;

/// <summary>A record of a topic as a connector wrote it.</summary>
/// <param name="Headers">Each a name and a value.</param>
internal sealed record CapturedRecord(int Partition, long Timestamp, string? Key, string? Value, string?[][]? Headers);
