using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Cluster.Reads;

/// <summary>
/// How far a pipeline is, for readers: asked for at most a few times a second however many lookups there are. What was heard a moment ago is used as it is; what is older is asked for again meanwhile; only what is too old is
/// waited for, and when the pipeline does not answer, because it is moving to another silo, the last that was heard is still better than no lookups. Any thread.
/// </summary>
public sealed class PipelineClock(ICluster cluster, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private volatile Heard? _heard;
    private Task<Heard>? _asking;

    private sealed record Heard(PipelineTime Time, long Stamp);

    /// <summary>The pipeline's time as last heard.</summary>
    /// <exception cref="StreamForgeException">Unavailable, retryable: it has never answered, and does not now.</exception>
    public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation)
    {
        if (_heard is { } heard)
        {
            var age = clock.GetElapsedTime(heard.Stamp);
            if (age <= Fresh) return new(heard.Time);
            var asking = AskAsync();
            return age <= Usable ? new(heard.Time) : WaitAsync(asking, heard, cancellation);
        }
        return WaitAsync(AskAsync(), null, cancellation);
    }

    private async ValueTask<PipelineTime> WaitAsync(Task<Heard> asking, Heard? last, CancellationToken cancellation)
    {
        try
        {
            return (await asking.WaitAsync(Patience, clock, cancellation)).Time;
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            if (last is not null) return last.Time;
            throw new StreamForgeException(ErrorKind.Unavailable, $"the pipeline does not say how far it is; ask again in a moment ({error.Message})", retryable: true, error);
        }
    }

    /// <summary>One question at a time, whoever asks.</summary>
    private Task<Heard> AskAsync()
    {
        lock (_gate)
        {
            if (_asking is { IsCompleted: false }) return _asking;
            return _asking = HearAsync();
        }
    }

    private async Task<Heard> HearAsync()
    {
        var time = await cluster.Control.TimeAsync(CancellationToken.None);
        return _heard = new Heard(time, clock.GetTimestamp());
    }
}
