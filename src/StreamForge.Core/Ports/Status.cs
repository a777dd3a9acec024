namespace StreamForge.Core;

/// <summary>How a host is, for health checks. Safe from any thread; never waits.</summary>
public interface IHostStatus
{
    /// <summary>False when only a restart can help.</summary>
    bool IsLive { get; }

    /// <summary>Null when lookups give right answers; else one sentence on what is missing, such as <c>retail is restoring its checkpoint</c>.</summary>
    string? NotReadyReason { get; }
}
