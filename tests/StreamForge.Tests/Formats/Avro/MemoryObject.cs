using StreamForge.Core;

namespace StreamForge.Tests.Formats.Avro;

/// <summary>An object whose bytes are at hand.</summary>
internal sealed class MemoryObject(ReadOnlyMemory<byte> bytes) : IObjectReader
{
    public string Location => "memory:///object.avro";

    public long Length => bytes.Length;

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        bytes.Slice((int)offset, destination.Length).CopyTo(destination);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
