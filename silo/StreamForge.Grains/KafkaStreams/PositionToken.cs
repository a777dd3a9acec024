using Orleans.Streams;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>
/// A position in a stream, as Orleans carries it: everything before the offset has been delivered. A batch's token is the position after it, and who resumes with a token is delivered what follows it.
/// </summary>
[GenerateSerializer, Immutable, Alias("StreamForge.PositionToken")]
public sealed class PositionToken : StreamSequenceToken
{
    /// <summary>The consumer has not said yet where it wants to begin.</summary>
    public const long Unknown = long.MinValue;

    [Id(0)]
    private long _position;

    [Id(1)]
    private int _number;

    /// <param name="position">The next offset.</param>
    /// <param name="number">Tells tokens of the same position apart: positive for a mark's, negative for a consumer's, 0 for a batch's.</param>
    public PositionToken(long position, int number = 0) => (_position, _number) = (position, number);

    public override long SequenceNumber
    {
        get => _position;
        protected set => _position = value;
    }

    public override int EventIndex
    {
        get => _number;
        protected set => _number = value;
    }

    /// <summary>The position that a token of any kind carries.</summary>
    public static long Of(StreamSequenceToken? token) => token?.SequenceNumber ?? Unknown;

    public override bool Equals(StreamSequenceToken? other) => other is not null && other.SequenceNumber == _position && other.EventIndex == _number;

    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    public override int GetHashCode() => HashCode.Combine(_position, _number);

    public override int CompareTo(StreamSequenceToken? other) => other is null ? 1 : (_position, _number).CompareTo((other.SequenceNumber, other.EventIndex));

    public override string ToString() => $"{_position}";
}
