using StreamForge.Core;

namespace StreamForge.Embedded.Trials;

/// <summary>A clock that stands at one moment, so that a test in a pipeline file means the same on every day.</summary>
internal sealed class FixedClock(long micros) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => new(EventTime.ToDateTime(Math.Clamp(micros, EventTime.Earliest, EventTime.Latest)));
}
