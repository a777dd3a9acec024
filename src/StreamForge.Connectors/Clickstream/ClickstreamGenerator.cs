using StreamForge.Core;

namespace StreamForge.Connectors.Clickstream;

/// <summary>
/// A deterministic stream of shopping events as JSON Lines: the load generator.
/// <para>
/// 128 sessions run at once and take turns at random, so that their events interleave. The stream is cut into blocks of 65,536 events, each with sessions and random numbers
/// of its own: event n depends on the options and n alone, and going to any n computes at most one block. At a block's end its open sessions just stop, as visitors do.
/// </para>
/// <para>
/// Event n happens at start + n/rate plus a jitter of less than 1/rate, cut to milliseconds, so times do not go back, except for the share <c>Late</c> of events: four in five of these
/// are up to 5 seconds late, most of the others up to 10 minutes, one in twenty up to 6 hours.
/// </para>
/// One event allocates nothing. For one thread.
/// </summary>
public sealed class ClickstreamGenerator
{
    /// <summary>No line is longer.</summary>
    public const int MaxLineBytes = 512;

    private const int SessionsAtOnce = 128;
    private const int BlockEvents = 1 << 16;
    private const int LateBits = 20;

    private readonly ClickstreamOptions _options;
    private readonly Zipf _users;
    private readonly Zipf _products;
    private readonly LineWriter _writer;
    private readonly double _interval;
    private readonly ulong _lateBelow;
    private readonly Session[] _sessions = new Session[SessionsAtOnce];
    private SplitMix64 _random;

    /// <exception cref="StreamForgeException">An option is out of its range.</exception>
    public ClickstreamGenerator(ClickstreamOptions options)
    {
        _options = options.Checked();
        _users = new Zipf(options.Users);
        _products = new Zipf(options.Products);
        _writer = new LineWriter(new Traits(options.Seed));
        _interval = options.Interval;
        _lateBelow = (ulong)(options.Late * (1 << LateBits));
    }

    /// <summary>The number of the next event, from 0.</summary>
    public long Sequence { get; private set; }

    /// <summary>The number of the user of the event that was written last: 7 is <c>u-7</c>.</summary>
    public int LastUser { get; private set; }

    /// <summary>Goes on with event <paramref name="sequence"/>, which may lie before or after the next one.</summary>
    public void MoveTo(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        Sequence = sequence / BlockEvents * BlockEvents;
        while (Sequence < sequence) Advance(out _);
    }

    /// <summary>Writes the next event with its line feed.</summary>
    /// <param name="target">At least <see cref="MaxLineBytes"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int WriteNext(Span<byte> target)
    {
        var sequence = Sequence;
        ref var session = ref Advance(out var time);
        LastUser = session.User;
        return _writer.Write(target, sequence, session, time);
    }

    /// <summary>Draws the next event: the session whose turn it is, at its new step, and the event's time in microseconds.</summary>
    private ref Session Advance(out long time)
    {
        if (Sequence % BlockEvents == 0) BeginBlock();
        var draw = _random.Next();
        ref var session = ref _sessions[draw % SessionsAtOnce];
        session.Step = session.After((int)(draw >> 7) & 0xFFFF);
        switch (session.Step)
        {
            case Step.Gone: Begin(ref session); break;
            case Step.PageView: session.Page = (byte)_random.Next(LineWriter.Pages); break;
            case Step.ProductClick: session.Product = _products.Next(ref _random); break;
            case Step.AddToCart: session.Quantity = QuantityOf(_random.Next(100)); break;
        }
        var jitter = (draw >> 43) * (1.0 / (1 << 21));
        time = _options.StartMicros + (long)((Sequence + jitter) * _interval);
        if (((draw >> 23) & ((1 << LateBits) - 1)) < _lateBelow) time -= Delay();
        Sequence++;
        return ref session;
    }

    private void BeginBlock()
    {
        var block = (ulong)(Sequence / BlockEvents);
        _random = new SplitMix64(SplitMix64.Mix(SplitMix64.Mix((ulong)_options.Seed) + block));
        Array.Clear(_sessions);
    }

    private void Begin(ref Session session)
    {
        session = new Session
        {
            Step = Step.PageView,
            Id = Sequence,
            User = _users.Next(ref _random),
            Referrer = (byte)_random.Next(LineWriter.Referrers),
        };
    }

    private static int QuantityOf(int percent) => percent switch
    {
        < 62 => 1,
        < 86 => 2,
        < 95 => 3,
        < 99 => 4,
        _ => 5,
    };

    private long Delay()
    {
        var (least, most) = _random.Next(100) switch
        {
            < 80 => (EventTime.Second / 10, 5 * EventTime.Second),
            < 95 => (5 * EventTime.Second, 10 * EventTime.Minute),
            _ => (10 * EventTime.Minute, 6 * EventTime.Hour),
        };
        return least + _random.Next((int)((most - least) / 1000)) * 1000L;
    }
}
