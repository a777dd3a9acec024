using Confluent.Kafka;
using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>Sorts the client's errors: what passes by itself, and what ends reading.</summary>
internal static class KafkaErrors
{
    /// <summary>Whether the client goes on by itself once the cluster is well again.</summary>
    public static bool IsPassing(Error error) => error.Code is not (
        ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition
        or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TopicException or ErrorCode.InvalidMsg or ErrorCode.Local_BadMsg or ErrorCode.Local_BadCompression
        or ErrorCode.Local_NotImplemented or ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature);

    public static bool IsOutOfRange(Error error) => error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange;

    /// <summary>What is to be read once more begins before the oldest record that is kept.</summary>
    public static StreamForgeException HistoryGone(string source, string partition, long offset, long earliest) =>
        new(ErrorKind.DataLoss, $"the history of {source} from offset {offset} of {partition} on is not there any more: the earliest available is {earliest}");

    /// <summary>The client cannot go on at all.</summary>
    public static StreamForgeException Fatal(KafkaConnection connection, KafkaException error) =>
        new(ErrorKind.Unavailable, $"source {connection.Source}: the Kafka client gave up reading {connection.Topic}: {error.Error.Reason}", inner: error);

    /// <summary>A partition that cannot be read on, for another reason than a missing offset.</summary>
    public static StreamForgeException Stopped(KafkaConnection connection, int partition, long offset, Error error)
    {
        var place = $"source {connection.Source}: {connection.Topic}/{partition} cannot be read on at offset {offset}";
        return error.Code switch
        {
            ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
                new StreamForgeException(ErrorKind.NotFound, $"{place}: the broker no longer has the topic or the partition; restore it, or start with an empty data directory"),
            ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed =>
                new StreamForgeException(ErrorKind.PermissionDenied, $"{place}: the user may not read the topic; grant it Read on it"),
            _ => new StreamForgeException(ErrorKind.Corrupt, $"{place}: {error.Reason}"),
        };
    }

    /// <summary>A position that the partition does not hold any more, or not yet.</summary>
    /// <param name="earliest">The oldest offset that is kept.</param>
    /// <param name="end">The offset after the newest.</param>
    public static StreamForgeException OutOfRange(KafkaConnection connection, int partition, long offset, long earliest, long end) => offset < earliest
        ? new StreamForgeException(
            ErrorKind.DataLoss,
            $"source {connection.Source}: {connection.Topic}/{partition} is to be read at offset {offset}, but the earliest available is {earliest}: retention has removed {earliest - offset} offsets; start with an empty data directory to read what is left, and keep records longer")
        : new StreamForgeException(
            ErrorKind.DataLoss,
            $"source {connection.Source}: {connection.Topic}/{partition} is to be read at offset {offset}, but it ends at {end} (the earliest available is {earliest}); the topic was made anew or has lost records; start with an empty data directory");
}
