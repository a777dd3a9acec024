using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>How far in the future an event's time may lie; one beyond it would carry the watermark, or a view's now, past everything that is still to come.</summary>
/// <param name="Latest">The latest time that is taken, microseconds.</param>
/// <param name="MaxFuture">The source's <c>max_future</c>, microseconds.</param>
internal readonly record struct TimeLimit(long Latest, long MaxFuture)
{
    /// <summary>The limit for events that arrive now.</summary>
    public static TimeLimit At(TimeProvider clock, long maxFuture) => new(EventTime.SaturatingAdd(EventTime.Now(clock), maxFuture), maxFuture);

    /// <summary>Why an event of that time is not taken.</summary>
    public string Reason(long time) => $"its event time {EventTime.Format(time)} lies more than {Duration.Format(MaxFuture)} (max_future) past its arrival";
}
