using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;

namespace StreamForge.Cluster.KeyGroups;

/// <summary>Some key groups of one view.</summary>
/// <param name="View">Index of the view in the plan.</param>
/// <param name="FromGroup">The first group.</param>
/// <param name="ToGroup">One past the last group.</param>
public sealed record KeyGroupSettings(int View, int FromGroup, int ToGroup)
{
    /// <summary>Calls under way at once.</summary>
    public int MostCalls { get; init; } = 64;

    /// <summary>Keys that are looked for at a time.</summary>
    public int MostKeys { get; init; } = 4096;

    /// <summary>How long a key that has been closed is left alone, though storage still says that it is due: it is until it has been flushed.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>
/// Closes the windows of keys that nothing comes for any more. Keys with windows due are found in two places: those that are active in this silo are noted (<see cref="DueKeys"/>), and storage finds those that are not.
/// Each is told to close what time has reached, which changes nothing where there is nothing to close; what fails is found again by the next sweep. It keeps nothing that could be lost.
/// <para>One call at a time, on one thread or a scheduler that runs one continuation at a time.</para>
/// </summary>
public sealed class KeyGroupProcess(KeyGroupSettings settings, ICluster cluster, IKeyStorage keys, DueKeys due, TimeProvider clock)
{
    private readonly Dictionary<KeyId, long> _resting = [];
    private bool _isSweeping;

    /// <summary>Closes what is due by <paramref name="time"/>; about once a second. One that finds another at work does nothing.</summary>
    /// <returns>How many keys were told to close; and the first error that kept one from it, which the next sweep tries again.</returns>
    /// <exception cref="StreamForgeException">Not retryable: a key cannot close.</exception>
    public async ValueTask<(int Closed, StreamForgeException? Error)> SweepAsync(PipelineTime time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (_isSweeping || time.Closing == EventTime.MinValue) return (0, null);
        _isSweeping = true;
        try
        {
            foreach (var (id, since) in _resting)
            {
                if (clock.GetElapsedTime(since) >= settings.Rest) _resting.Remove(id);
            }
            var closed = 0;
            StreamForgeException? failure = null;
            var request = new CloseRequest(time.Closing, time.Final);
            for (var page = due.Take(settings, time.Closing); page.Count > 0; page = due.Take(settings, time.Closing))
            {
                var (done, error) = await CloseAsync(page, request, isNoted: true, cancellation);
                closed += done;
                failure ??= error;
                if (error is not null) break;
            }
            while (failure is null)
            {
                IReadOnlyList<KeyId> stored;
                try
                {
                    stored = await keys.DueAsync(settings.View, settings.FromGroup, settings.ToGroup, time.Closing, settings.MostKeys + _resting.Count, cancellation);
                }
                catch (StreamForgeException error) when (error.Retryable)
                {
                    return (closed, error);
                }
                var page = stored.Where(k => !_resting.ContainsKey(k)).ToArray();
                if (page.Length == 0) break;
                var (done, lost) = await CloseAsync(page, request, isNoted: false, cancellation);
                closed += done;
                failure = lost;
            }
            return (closed, failure);
        }
        finally
        {
            _isSweeping = false;
        }
    }

    /// <summary>Calls keys, some at once.</summary>
    private async ValueTask<(int Closed, StreamForgeException? Error)> CloseAsync(IReadOnlyList<KeyId> page, CloseRequest request, bool isNoted, CancellationToken cancellation)
    {
        var next = 0;
        var closed = 0;
        StreamForgeException? failure = null;

        async Task WorkAsync()
        {
            while (next < page.Count)
            {
                var id = page[next++];
                try
                {
                    await cluster.Key(id).CloseAsync(request with { IsStored = !isNoted }, cancellation);
                    _resting[id] = clock.GetTimestamp();
                    closed++;
                }
                catch (StreamForgeException error)
                {
                    if (isNoted) due.Note(id, request.Watermark);
                    if (failure is null or { Retryable: true }) failure = error;
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(settings.MostCalls, page.Count)).Select(_ => WorkAsync()));
        if (failure is { Retryable: false }) throw failure;
        return (closed, failure);
    }
}
