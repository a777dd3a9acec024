using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Partitions;

/// <summary>Whether a partition holds the pipeline's watermark back: it does until it has brought nothing for its idle timeout, though it could have. One thread.</summary>
/// <param name="idleTimeout">Microseconds.</param>
internal sealed class PartitionActivityClock(TimeProvider clock, long idleTimeout)
{
    private readonly TimeSpan _timeout = TimeSpan.FromMicroseconds(idleTimeout);
    private long _last = clock.GetTimestamp();
    private int _working;
    private bool _isIdle;
    private bool _isReading;

    /// <summary>Whether the partition is given batches at all; while it is not, it does not become idle.</summary>
    public bool IsReading
    {
        get => _isReading;
        set
        {
            if (value && !_isReading) _last = clock.GetTimestamp();
            _isReading = value;
        }
    }

    /// <summary>Whether a batch is there.</summary>
    public bool IsWorking => _working > 0;

    public PartitionActivity Current
    {
        get
        {
            if (!_isIdle && _working == 0 && _isReading && clock.GetElapsedTime(_last) >= _timeout) _isIdle = true;
            return _isIdle ? PartitionActivity.Idle : PartitionActivity.Active;
        }
    }

    /// <summary>Events have come.</summary>
    /// <param name="isTimed">Whether the partition has a watermark.</param>
    public void Saw(bool isTimed)
    {
        _last = clock.GetTimestamp();
        if (isTimed) _isIdle = false;
    }

    /// <summary>A batch is there; until the result is disposed the partition does not become idle.</summary>
    public Working Work()
    {
        _working++;
        return new Working(this);
    }

    /// <summary>To be disposed once.</summary>
    public readonly struct Working(PartitionActivityClock clock) : IDisposable
    {
        public void Dispose() => clock.End();
    }

    private void End()
    {
        _working--;
        _last = clock.GetTimestamp();
    }
}
