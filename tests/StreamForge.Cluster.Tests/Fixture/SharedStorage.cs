using StreamForge.Cluster.Storage;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Storage;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>The storage of one pipeline, shared by the silos of a cluster in this process. It can be away: every call fails then, before it does anything. Safe from any thread.</summary>
internal sealed class SharedStorage() : StorageLine(new MemoryPipelineStorage())
{
    /// <summary>Whether nobody reaches it.</summary>
    public bool IsAway { get; set; }

    /// <summary>All keys of a view, also while it is away.</summary>
    public async ValueTask<IReadOnlyList<byte[]>> KeysOfAsync(int view) => (await Inner.SampleAsync(view, int.MaxValue, CancellationToken.None)).Keys;

    /// <summary>Forgets all keys, so that what silos hold can be measured.</summary>
    public void Forget() => Inner = new MemoryPipelineStorage();

    protected override ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read) => IsAway ? ValueTask.FromException<T>(new StreamForgeException(ErrorKind.Unavailable, "the storage is away", retryable: true)) : read();

    protected override ValueTask<T> WriteAsync<T>(Func<ValueTask<T>> write) => ReadAsync(write);
}
