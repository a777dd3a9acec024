using Microsoft.Win32.SafeHandles;
using StreamForge.Core;

namespace StreamForge.ObjectStores.Local;

/// <summary>A file written under a temporary name beside its own, which it takes when it is complete and on the disk.</summary>
internal sealed class LocalObjectWriter(string location, string path, string temporary, SafeFileHandle handle) : IObjectWriter
{
    private long _length;
    private bool _complete;

    public string Location { get; } = location;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await RandomAccess.WriteAsync(handle, bytes, _length, cancellation);
            _length += bytes.Length;
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, Location, "cannot be written");
        }
    }

    public async ValueTask CompleteAsync(CancellationToken cancellation)
    {
        if (_complete) throw new InvalidOperationException($"The object {Location} was completed before.");
        // The sync may take long; it has no asynchronous form, so it takes a thread of the pool.
        await Task.Run(Publish, cancellation);
    }

    private void Publish()
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
            handle.Dispose();
            File.Move(temporary, path, overwrite: true);
            _complete = true;
            DurableFolder.Sync(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (LocalFaults.Covers(exception))
        {
            throw LocalFaults.From(exception, Location, "cannot be written");
        }
    }

    public ValueTask DisposeAsync()
    {
        handle.Dispose();
        if (!_complete) LocalObjectStore.TryRemove(temporary);
        return ValueTask.CompletedTask;
    }
}
