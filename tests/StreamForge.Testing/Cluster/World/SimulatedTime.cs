namespace StreamForge.Testing.Cluster.World;

/// <summary>The world's clock. A timer fires as a turn of the actor that made it, and dies with it; one made by nobody's turn fires in the kernel's.</summary>
public sealed class SimulatedTime(SimulatedWorld world) : TimeProvider
{
    /// <summary>When every world begins.</summary>
    public static DateTimeOffset Beginning { get; } = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Beginning.AddMicroseconds(world.Now);

    public override long GetTimestamp() => world.Now;

    public override long TimestampFrequency => 1_000_000;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        world.AssertThread("a timer");
        var timer = new Timer(world, world.Current ?? world.Kernel, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimulatedWorld world, SimulatedActor actor, Action fire) : ITimer
    {
        private long _generation;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            world.AssertThread("a timer");
            var generation = ++_generation;
            if (dueTime >= TimeSpan.Zero) Wait((long)dueTime.TotalMicroseconds, (long)period.TotalMicroseconds, generation);
            return true;
        }

        private void Wait(long micros, long period, long generation) => world.At(world.Now + micros, () =>
        {
            if (generation != _generation || actor.IsDead) return;
            if (period > 0) Wait(period, period, generation);
            _ = actor.RunAsync(() =>
            {
                if (generation == _generation) fire();
                return Task.CompletedTask;
            });
        });

        public void Dispose() => _generation++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
