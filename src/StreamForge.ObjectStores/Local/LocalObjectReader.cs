using Microsoft.Win32.SafeHandles;
using StreamForge.Core;

namespace StreamForge.ObjectStores.Local;

/// <summary>A file read at offsets (pread), by any number of threads at once.</summary>
internal sealed class LocalObjectReader(string location, SafeFileHandle handle) : IObjectReader
{
    public string Location { get; } = location;

    public long Length { get; } = RandomAccess.GetLength(handle);

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            while (!destination.IsEmpty)
            {
                var read = await RandomAccess.ReadAsync(handle, destination, offset, cancellation);
                if (read == 0) throw new StreamForgeException(ErrorKind.Corrupt, $"the object {Location} ends at byte {offset}, and {destination.Length} more were expected");
                offset += read;
                destination = destination[read..];
            }
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, Location, "cannot be read");
        }
    }

    public ValueTask DisposeAsync()
    {
        handle.Dispose();
        return ValueTask.CompletedTask;
    }
}
