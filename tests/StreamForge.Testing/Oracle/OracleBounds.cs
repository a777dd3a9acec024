namespace StreamForge.Testing.Oracle;

/// <summary>
/// What the other partitions' time is to an event, where a host settles that when it reads: the event is judged by its own partition's watermark, by no more than <paramref name="AtMost"/> and by no less than <paramref name="AtLeast"/>,
/// and by no less than the events of its partition before it.
/// </summary>
/// <param name="AtLeast">Microseconds; null for nothing.</param>
/// <param name="AtMost">Microseconds; null where the others have no time yet, <see cref="long.MaxValue"/> where they do not hold it back.</param>
public readonly record struct OracleBounds(long? AtLeast, long? AtMost)
{
    internal long? Judge(long? own)
    {
        var within = own is null || AtMost is null ? null : (long?)Math.Min(own.Value, AtMost.Value);
        return within is null || AtLeast > within ? AtLeast : within;
    }
}
