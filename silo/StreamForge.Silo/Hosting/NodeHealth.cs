using StreamForge.Core;

namespace StreamForge.Silo.Hosting;

/// <summary>
/// How the node is, for health checks; and the word for when the silo cannot go on. Ready means: this silo is an active member, storage has answered when it was last asked, and the pipelines are known. Safe from any thread.
/// </summary>
internal sealed class NodeHealth : IHostStatus, IFatalErrorHandler, IDisposable
{
    private readonly CancellationTokenSource _failed = new();
    private volatile string? _waiting = "the node is joining the cluster";
    private volatile string? _storage;
    private volatile string? _pipelines = "the pipelines have not answered yet";
    private volatile string? _failure;
    private volatile bool _draining;

    public bool IsLive => _failure is null;

    public string? NotReadyReason => _failure ?? (_draining ? "the node is leaving the cluster" : null) ?? _waiting ?? _storage ?? _pipelines;

    /// <summary>Why the silo cannot go on; null while it can.</summary>
    public string? Failure => _failure;

    /// <summary>Cancelled when the silo cannot go on.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>What the start still waits for; null when it is done.</summary>
    public void Wait(string? reason) => _waiting = reason;

    /// <summary>What is wrong with the storage; null when it answers.</summary>
    public void Storage(string? reason) => _storage = reason;

    /// <summary>Why the pipelines do not answer; null when they do.</summary>
    public void Pipelines(string? reason) => _pipelines = reason;

    /// <summary>The node leaves; it will not be ready again.</summary>
    public void Drain() => _draining = true;

    bool IFatalErrorHandler.IsUnexpected(Exception exception) => true;

    /// <summary>Orleans gives up: the others have taken this silo for lost, or it cannot join.</summary>
    void IFatalErrorHandler.OnFatalException(object? sender, string? context, Exception? exception)
    {
        var reason = exception is null ? context : $"{context} {exception.Message}".TrimStart();
        _failure ??= $"the silo cannot go on: {(string.IsNullOrEmpty(reason) ? "the cluster has taken it for lost" : reason.TrimEnd('.'))}";
        _failed.Cancel();
    }

    public void Dispose() => _failed.Dispose();
}
