namespace StreamForge.Core;

/// <summary>
/// A place of whole, unchanging objects, named by absolute URIs (<c>file:///lake/retail/lines/data/0.parquet</c>, <c>s3://lake/…</c>): what tables are made of. Safe from any thread.
/// An object is there whole or not at all; what an unfinished write leaves behind is never listed and never read. All methods throw <see cref="StreamForgeException"/> with the location and whether
/// a retry can help; a missing object is <see cref="ErrorKind.NotFound"/>.
/// </summary>
public interface IObjectStore
{
    /// <summary>Opens an object for reading at any offset.</summary>
    ValueTask<IObjectReader> OpenAsync(string location, CancellationToken cancellation);

    /// <summary>Begins a new object, which appears when the writer is completed.</summary>
    ValueTask<IObjectWriter> CreateAsync(string location, CancellationToken cancellation);

    /// <summary>Writes a small object in one atomic and durable step.</summary>
    /// <param name="location">The object's URI.</param>
    /// <param name="content">The whole object.</param>
    /// <param name="overwrite">Replace what is there; otherwise only one of any number of concurrent writers wins.</param>
    /// <param name="cancellation">Cancels the wait; the outcome is unknown then.</param>
    /// <returns>false when the object is there already and <paramref name="overwrite"/> is false.</returns>
    ValueTask<bool> TryPutAsync(string location, ReadOnlyMemory<byte> content, bool overwrite, CancellationToken cancellation);

    ValueTask<bool> ExistsAsync(string location, CancellationToken cancellation);

    /// <summary>Deletes an object; one that is not there is as good as deleted.</summary>
    ValueTask DeleteAsync(string location, CancellationToken cancellation);

    /// <summary>All objects whose location begins with <paramref name="prefix"/>, which ends in a slash, in no order.</summary>
    IAsyncEnumerable<ObjectDescription> ListAsync(string prefix, CancellationToken cancellation);

    /// <summary>
    /// Removes what writers that died have left of objects below <paramref name="prefix"/>, which ends in a slash, whose names, after the last slash, begin with one of <paramref name="names"/>.
    /// Only for names that nobody writes any more: a writer at work would lose its object. What cannot be removed stays, and does no harm.
    /// </summary>
    ValueTask DeleteUnfinishedAsync(string prefix, IReadOnlyCollection<string> names, CancellationToken cancellation);
}

/// <param name="Location">The object's URI.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">When it was completed.</param>
public sealed record ObjectDescription(string Location, long Bytes, DateTimeOffset Modified);

/// <summary>An object open for reading. Safe from any thread until disposed.</summary>
public interface IObjectReader : IAsyncDisposable
{
    string Location { get; }

    /// <summary>Bytes in all.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    /// <exception cref="StreamForgeException">Corrupt when the object ends before.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation);
}

/// <summary>An object being written, by one task at a time. Disposing it without <see cref="CompleteAsync"/> abandons it.</summary>
public interface IObjectWriter : IAsyncDisposable
{
    string Location { get; }

    /// <summary>Appends bytes.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Makes the object durable and visible under its location. Once.</summary>
    ValueTask CompleteAsync(CancellationToken cancellation);
}
