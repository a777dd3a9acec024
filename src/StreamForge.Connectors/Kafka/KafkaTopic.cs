using System.Collections.Immutable;
using Confluent.Kafka;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Kafka;

/// <summary>The offsets between which a partition can be read.</summary>
/// <param name="Earliest">The oldest that is kept.</param>
/// <param name="End">After the newest record that is neither in an open transaction nor behind one: the last stable offset.</param>
internal readonly record struct KafkaRange(long Earliest, long End);

/// <summary>Asks the brokers about a topic: its partitions, where they begin and end, which offset a moment has. Safe from any thread.</summary>
internal sealed class KafkaTopic(KafkaConnection connection, IConsumer<StagedPiece, StagedPiece> consumer, KafkaHealth health)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The partitions' numbers, ascending.</summary>
    /// <exception cref="StreamForgeException">Unavailable when no broker answers; NotFound when there is no such topic; PermissionDenied.</exception>
    public Task<ImmutableArray<int>> PartitionsAsync(CancellationToken cancellation) => AskAsync(() =>
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var topic = admin.GetMetadata(connection.Topic, Timeout).Topics.Single(t => t.Topic == connection.Topic);
        if (topic.Error.Code == ErrorCode.TopicAuthorizationFailed)
            throw new StreamForgeException(ErrorKind.PermissionDenied, $"source {connection.Source}: the user may not read the topic {connection.Topic}; grant it Describe and Read on it");
        if (topic.Error.IsError || topic.Partitions.Count == 0)
            throw new StreamForgeException(ErrorKind.NotFound, $"source {connection.Source}: Kafka at {connection.Brokers} has no topic {connection.Topic}; create it, or correct 'topic'");
        return topic.Partitions.Select(p => p.PartitionId).Order().ToImmutableArray();
    }, cancellation);

    public Task<KafkaRange> RangeAsync(int partition, CancellationToken cancellation) => AskAsync(() =>
    {
        var offsets = consumer.QueryWatermarkOffsets(Of(partition), Timeout);
        return new KafkaRange(offsets.Low.Value, offsets.High.Value);
    }, cancellation);

    /// <summary>Where a partition begins that no checkpoint knows.</summary>
    public async Task<long> StartAsync(int partition, KafkaStart start, KafkaRange range, CancellationToken cancellation) => start switch
    {
        KafkaLatest => range.End,
        KafkaSince since => await SinceAsync(partition, since.Micros, range, cancellation),
        KafkaOffsets offsets => offsets.Offsets.TryGetValue(partition, out var offset) ? offset : range.Earliest,
        _ => range.Earliest,
    };

    /// <summary>Refuses a position that the partition does not hold.</summary>
    /// <exception cref="StreamForgeException">DataLoss.</exception>
    public void Check(int partition, long offset, KafkaRange range)
    {
        if (offset < range.Earliest || offset > range.End) throw KafkaErrors.OutOfRange(connection, partition, offset, range.Earliest, range.End);
    }

    /// <summary>Why a partition cannot be read on, with what it still holds.</summary>
    public async Task<StreamForgeException> ExplainAsync(int partition, long offset, Error error)
    {
        if (!KafkaErrors.IsOutOfRange(error)) return KafkaErrors.Stopped(connection, partition, offset, error);
        try
        {
            var range = await RangeAsync(partition, CancellationToken.None);
            return KafkaErrors.OutOfRange(connection, partition, offset, range.Earliest, range.End);
        }
        catch (StreamForgeException)
        {
            return KafkaErrors.Stopped(connection, partition, offset, error);
        }
    }

    private Task<long> SinceAsync(int partition, long micros, KafkaRange range, CancellationToken cancellation) => AskAsync(() =>
    {
        // A record's timestamp is in milliseconds: the first that is not before the moment.
        var millis = -EventTime.FloorDivide(-micros, 1000);
        var found = consumer.OffsetsForTimes([new TopicPartitionTimestamp(Of(partition), new Timestamp(millis, TimestampType.CreateTime))], Timeout).Single();
        return found.Offset.Value >= 0 ? found.Offset.Value : range.End;
    }, cancellation);

    /// <summary>The client's questions block, so they are asked on a thread of the pool.</summary>
    private async Task<T> AskAsync<T>(Func<T> ask, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(ask, cancellation);
        }
        catch (KafkaException error)
        {
            var reason = health.Last is { } last ? $"{error.Error.Reason}; {last}" : error.Error.Reason;
            throw new StreamForgeException(
                ErrorKind.Unavailable, $"source {connection.Source}: Kafka at {connection.Brokers} does not answer ({reason}); start it, or correct 'connection' and 'security'", retryable: true, error);
        }
    }

    private TopicPartition Of(int partition) => new(connection.Topic, partition);
}
