using StreamForge.Cluster.Ports;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>An implementation of the storage port as the suite needs it: empty at first, for a pipeline with two views, openable any number of times.</summary>
public abstract class StorageTrial : IAsyncDisposable
{
    /// <summary>Opens the pipeline's storage, as one silo would.</summary>
    public abstract ValueTask<IPipelineStorage> OpenAsync();

    /// <summary>Opens it over a connection that can be broken.</summary>
    public abstract ValueTask<FragileStorage> OpenFragileAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A storage whose connection dies when it is told to; afterwards it connects again by itself.</summary>
/// <param name="storage">The storage.</param>
public abstract class FragileStorage(IPipelineStorage storage)
{
    public IPipelineStorage Storage { get; } = storage;

    /// <summary>The next transaction is committed, and the connection dies before the answer arrives.</summary>
    public abstract void LoseNextAnswer();

    /// <summary>The connection dies before the next call reaches the other side.</summary>
    public abstract void LoseNextRequest();
}
