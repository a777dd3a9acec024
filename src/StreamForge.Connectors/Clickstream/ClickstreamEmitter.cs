namespace StreamForge.Connectors.Clickstream;

/// <summary>Writes a clickstream to a stream, as JSON Lines, in large blocks: what <c>emit clickstream</c> does.</summary>
public static class ClickstreamEmitter
{
    private const int BlockBytes = 1 << 20;

    /// <summary>How often a paced stream writes.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    /// <summary>Writes events from the first on; nothing but whole lines, also when it is cancelled.</summary>
    /// <param name="events">How many, or null for no end.</param>
    /// <param name="paced">Whether events are written at the options' rate, instead of as fast as <paramref name="target"/> takes them.</param>
    /// <param name="progress">Called with the events and bytes written so far, after each block; or null.</param>
    /// <returns>Events and bytes written.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<(long Events, long Bytes)> EmitAsync(
        ClickstreamOptions options, long? events, bool paced, Stream target, TimeProvider clock, Action<long, long>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var generator = new ClickstreamGenerator(options);
        var end = events ?? long.MaxValue;
        var block = new byte[BlockBytes];
        var bytes = 0L;
        var started = clock.GetTimestamp();
        while (generator.Sequence < end)
        {
            cancellation.ThrowIfCancellationRequested();
            var due = paced ? Math.Min(end, (long)(clock.GetElapsedTime(started).TotalMicroseconds / options.Interval)) : end;
            if (due <= generator.Sequence)
            {
                await Task.Delay(Beat, clock, cancellation);
                continue;
            }
            var length = Fill(generator, due, block);
            // A block once begun is written whole: half a line would be no line.
            await target.WriteAsync(block.AsMemory(0, length), CancellationToken.None);
            bytes += length;
            if (paced) await target.FlushAsync(CancellationToken.None);
            progress?.Invoke(generator.Sequence, bytes);
        }
        await target.FlushAsync(CancellationToken.None);
        return (generator.Sequence, bytes);
    }

    private static int Fill(ClickstreamGenerator generator, long end, Span<byte> block)
    {
        var length = 0;
        while (generator.Sequence < end && block.Length - length >= ClickstreamGenerator.MaxLineBytes) length += generator.WriteNext(block[length..]);
        return length;
    }
}
