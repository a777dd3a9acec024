using Confluent.Kafka;

namespace StreamForge.Connectors.Kafka;

/// <summary>A key or a value on its way from the client to a batch: where it lies in <see cref="StagedBytes"/> until the next record is asked for.</summary>
internal readonly record struct StagedPiece(int Start, int Length, bool IsNull);

/// <summary>
/// What the client calls a deserializer: copies the bytes of one record aside, so that none of them becomes an array of its own. For one thread.
/// </summary>
internal sealed class StagedBytes : IDeserializer<StagedPiece>
{
    private byte[] _bytes = new byte[4096];
    private int _length;

    /// <summary>Begins a record.</summary>
    public void Clear() => _length = 0;

    public ReadOnlySpan<byte> this[StagedPiece piece] => _bytes.AsSpan(piece.Start, piece.Length);

    public StagedPiece Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (_length + data.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + data.Length));
        data.CopyTo(_bytes.AsSpan(_length));
        var piece = new StagedPiece(_length, data.Length, isNull);
        _length += data.Length;
        return piece;
    }
}
