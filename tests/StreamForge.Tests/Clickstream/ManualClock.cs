namespace StreamForge.Tests.Clickstream;

/// <summary>A clock that stands until it is moved; waits end when it passes them, or at once when it moves by itself.</summary>
internal sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = now;

    /// <summary>Every wait moves the clock to its end, so that nothing is waited for.</summary>
    public bool MovesByItself { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public void Move(TimeSpan step)
    {
        Timer[] due;
        lock (_lock)
        {
            _now += step;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(timer => timer.Due <= _now);
        }
        foreach (var timer in due) timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            lock (clock._lock)
            {
                Due = clock._now + dueTime;
                clock._timers.Add(this);
            }
            // Not on this thread: whoever waits has not begun to wait yet.
            if (clock.MovesByItself) ThreadPool.QueueUserWorkItem(_ => clock.Move(dueTime));
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
