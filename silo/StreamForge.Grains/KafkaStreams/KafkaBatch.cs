using Orleans.Streams;
using StreamForge.Cluster.Ports;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>
/// What one poll brought, on its way to the partition's grain. Without a payload it is a <i>mark</i>: it says only where the subscription stands, and is how a consumer is woken, so that it can say where it wants to go on.
/// Within a silo it is handed over as it is.
/// </summary>
[GenerateSerializer, Immutable, Alias("StreamForge.KafkaBatch")]
public sealed class KafkaBatch : IBatchContainer
{
    public KafkaBatch(StreamId streamId, long from, long next, ReadOnlyMemory<byte> payload)
    {
        StreamId = streamId;
        From = from;
        Next = next;
        Payload = payload;
    }

    private KafkaBatch(StreamId streamId, long position, int number, string? failure)
        : this(streamId, position, position, default)
    {
        Number = number;
        Failure = failure;
    }

    [Id(0)]
    public StreamId StreamId { get; }

    /// <summary>The position that it follows.</summary>
    [Id(1)]
    public long From { get; }

    /// <summary>The position after it.</summary>
    [Id(2)]
    public long Next { get; }

    [Id(3)]
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Why the topic cannot be read on from <see cref="From"/>; null while it can.</summary>
    [Id(4)]
    public string? Failure { get; }

    /// <summary>Tells the marks of a position apart; 0 for what is no mark.</summary>
    [Id(5)]
    public int Number { get; }

    /// <summary>Whether it brings nothing but its position.</summary>
    public bool IsMark => Number != 0;

    public StreamSequenceToken SequenceToken => new PositionToken(Next, Number);

    /// <summary>The batch as the protocol has it.</summary>
    public PollBatch Batch => new(From, Next, Payload);

    /// <param name="number">Not 0.</param>
    public static KafkaBatch Mark(StreamId stream, long position, int number, string? failure = null) => new(stream, position, number, failure);

    /// <summary>There is one event in it: itself.</summary>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => this is T batch ? [Tuple.Create(batch, SequenceToken)] : [];

    public bool ImportRequestContext() => false;
}
