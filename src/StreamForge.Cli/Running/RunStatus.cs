using StreamForge.Core;

namespace StreamForge.Cli.Running;

/// <summary>How the run is, for health checks.</summary>
internal sealed class RunStatus(CompositeFeatureReader reader) : IHostStatus
{
    private volatile bool _failed;

    public bool IsLive => !_failed;

    public string? NotReadyReason => reader.Restoring.FirstOrDefault() is { } pipeline ? $"{pipeline} is restoring its state" : null;

    public void Fail() => _failed = true;
}
