using StreamForge.Core;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>
/// One open file that holds typed rows, read in the file's order, only the columns that are wanted. One task at a time.
/// Damage is a <see cref="StreamForgeException"/> of kind Corrupt with the place; the rows of the read that met it are lost.
/// </summary>
internal abstract class TableFile : IAsyncDisposable
{
    private readonly IObjectReader _object;

    private protected TableFile(IObjectReader source) => _object = source;

    /// <summary>The next rows, at most <paramref name="maxRows"/> and at least one, one column for each that is wanted; null at the end. The caller owns the columns.</summary>
    public abstract ValueTask<(Column[] Columns, int Rows)?> ReadAsync(int maxRows, CancellationToken cancellation);

    /// <summary>Passes rows over; false when the file ends before.</summary>
    public virtual async ValueTask<bool> SkipAsync(long rows, CancellationToken cancellation)
    {
        const int chunk = 10_000;
        while (rows > 0)
        {
            if (await ReadAsync((int)Math.Min(rows, chunk), cancellation) is not { } read) return false;
            foreach (var column in read.Columns) column.Release();
            rows -= read.Rows;
        }
        return true;
    }

    public virtual ValueTask DisposeAsync() => _object.DisposeAsync();

    /// <summary>Opens a file of this machine.</summary>
    public static ValueTask<IObjectReader> OpenObjectAsync(string path, CancellationToken cancellation) =>
        new LocalObjectStore().OpenAsync(LocalPath.ToLocation(path), cancellation);
}
