using System.Globalization;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Clickstream;

/// <summary>
/// <c>type: clickstream</c>: the generator as a source of one partition, whose positions are the events' numbers.
/// <para>
/// The stream begins at the moment the pipeline first starts; that moment travels with the cursor, so that a pipeline which is restarted goes on with the same events.
/// With a <c>rate</c>, event n is there once its time has come; after a pause what is due comes at once, as from a log. With <c>events</c> and no rate, events are there as fast as
/// they are taken, one a millisecond of event time, and the last lies at the moment of the first start: a past that leads up to now. With neither, the rate is 1,000 a second.
/// </para>
/// <para>
/// With <c>catch_up</c> a stream that is started again is not a log: where its next event lies further back than that, or ahead of now because the rate was changed, that moment moves, and the
/// events from there on come as from a start at the new moment.
/// </para>
/// </summary>
public sealed class ClickstreamSource : ISource
{
    private readonly ClickstreamSourceOptions _options;
    private readonly TimeProvider _clock;

    /// <exception cref="StreamForgeException">An option is out of its range.</exception>
    public ClickstreamSource(string name, ClickstreamSourceOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        Name = name;
        _options = options;
        _clock = clock;
        Partitions = [new PartitionId(name, 0)];
        StreamFrom(ClickstreamOptions.FixedStart).Checked();
    }

    public string Name { get; }

    public Schema Schema => ClickstreamSchema.Columns;

    public IReadOnlyList<PartitionId> Partitions { get; }

    /// <exception cref="StreamForgeException">InvalidArgument for a bounded read of a stream without an end; Corrupt when the cursor's state is not this source's.</exception>
    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Bounded && _options.Events is null)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"the clickstream source {Name} has no end; set 'events: N' to use --once");
        var firstStart = EventTime.Now(_clock);
        if (start.State is { } state && !long.TryParse(state, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out firstStart))
            throw new StreamForgeException(ErrorKind.Corrupt, $"the position of the clickstream source {Name} holds '{state}' where its first start must be");
        if (start.State is not null && _options.CatchUp is { } most) firstStart += Shift(firstStart, start.Offset, most);
        return new ClickstreamReader(partition, StreamFrom(firstStart), firstStart, start.Offset, IsPaced, _options.Events, request, _clock);
    }

    public ValueTask DisposeAsync() => default;

    private bool IsPaced => _options.Rate is not null || _options.Events is null;

    /// <summary>By how much the stream moves so that what comes next lies at most <paramref name="most"/> microseconds before now.</summary>
    private long Shift(long firstStart, long next, long most)
    {
        var now = EventTime.Now(_clock);
        var due = IsPaced ? firstStart + (long)(next * StreamFrom(firstStart).Interval) : firstStart;
        return Math.Clamp(due, now - most, now) - due;
    }

    private ClickstreamOptions StreamFrom(long firstStart)
    {
        var stream = new ClickstreamOptions(_options.Users, _options.Products, _options.Seed, _options.Late, firstStart, _options.Rate);
        return IsPaced ? stream : stream with { StartMicros = firstStart - (long)(_options.Events!.Value * stream.Interval) };
    }
}
