using StreamForge.Core;

namespace StreamForge.Tests.Iceberg;

/// <summary>A store that stops working after some writes, as if the process had died, or does a write and loses its answer.</summary>
internal sealed class FaultyStore(IObjectStore store) : IObjectStore
{
    /// <summary>Writes that still happen; null: all.</summary>
    public int? PutsUntilDeath { get; set; }

    /// <summary>The end of the location whose next write happens and fails.</summary>
    public string? LoseAnswerOf { get; set; }

    public ValueTask<IObjectReader> OpenAsync(string location, CancellationToken cancellation) => Alive().OpenAsync(location, cancellation);

    public ValueTask<IObjectWriter> CreateAsync(string location, CancellationToken cancellation) => Alive().CreateAsync(location, cancellation);

    public async ValueTask<bool> TryPutAsync(string location, ReadOnlyMemory<byte> content, bool overwrite, CancellationToken cancellation)
    {
        var result = await Alive().TryPutAsync(location, content, overwrite, cancellation);
        if (PutsUntilDeath is not null) PutsUntilDeath--;
        if (LoseAnswerOf is not { } ending || !location.EndsWith(ending, StringComparison.Ordinal)) return result;
        LoseAnswerOf = null;
        throw new StreamForgeException(ErrorKind.Unavailable, $"the answer of {location} was lost", retryable: true);
    }

    public ValueTask<bool> ExistsAsync(string location, CancellationToken cancellation) => Alive().ExistsAsync(location, cancellation);

    public ValueTask DeleteAsync(string location, CancellationToken cancellation) => Alive().DeleteAsync(location, cancellation);

    public IAsyncEnumerable<ObjectDescription> ListAsync(string prefix, CancellationToken cancellation) => Alive().ListAsync(prefix, cancellation);

    public ValueTask DeleteUnfinishedAsync(string prefix, IReadOnlyCollection<string> names, CancellationToken cancellation) => Alive().DeleteUnfinishedAsync(prefix, names, cancellation);

    private IObjectStore Alive() => PutsUntilDeath is <= 0 ? throw new StreamForgeException(ErrorKind.Unavailable, "the process is dead") : store;
}
