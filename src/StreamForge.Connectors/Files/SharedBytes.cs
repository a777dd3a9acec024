using System.Buffers;

namespace StreamForge.Connectors.Files;

/// <summary>Rented memory that a reader and the batches decoded from it share; the last <see cref="Release"/> gives it back. Safe from any thread.</summary>
internal sealed class SharedBytes(int size)
{
    private int _references = 1;

    /// <summary>At least as long as was asked for.</summary>
    public byte[] Array { get; } = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>Nobody else holds it.</summary>
    public bool IsOwn => Volatile.Read(ref _references) == 1;

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) ArrayPool<byte>.Shared.Return(Array);
    }
}
