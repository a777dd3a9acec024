using System.Globalization;

namespace StreamForge.Testing.Cluster.World;

/// <summary>
/// A world of its own in which the cluster's protocol runs: one thread, a clock that stands still unless the world moves it, and chance that comes from a seed alone.
/// <para>
/// What runs are <i>turns</i>: pieces of code between two awaits. Each belongs to a <see cref="SimulatedActor"/>, which runs its own in order, one at a time, as an Orleans activation does. A step of the world
/// takes one actor that has a turn waiting, by chance, or lets one thing happen that is due (a message arrives, a timer fires); only when there is neither does time jump to the next thing that will be. Nothing waits
/// for real, so hours pass in milliseconds, and the same seed gives the same run.
/// </para>
/// <para>
/// Code that leaves its actor (a thread of its own, <c>Task.Run</c>, <c>ConfigureAwait(false)</c>) would make runs differ: whatever comes to the world from there is a failure of the run.
/// </para>
/// </summary>
public sealed class SimulatedWorld
{
    /// <summary>Turns take up to so long, microseconds.</summary>
    private const int TurnMicros = 200;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly PriorityQueue<Action, (long Due, long Number)> _events = new();
    private readonly List<SimulatedActor> _ready = [];
    private readonly List<string>? _trace;
    private long _number;
    private string? _failure;

    /// <param name="seed">All chance of this world comes from it.</param>
    /// <param name="traced">Whether to keep what <see cref="Tell"/> says.</param>
    public SimulatedWorld(int seed, bool traced = false)
    {
        Seed = seed;
        Random = new Random(seed);
        Time = new SimulatedTime(this);
        Kernel = new SimulatedActor(this, "kernel");
        _trace = traced ? [] : null;
    }

    public int Seed { get; }

    public Random Random { get; }

    /// <summary>The world's clock and timers, as the product takes them.</summary>
    public SimulatedTime Time { get; }

    /// <summary>Runs what belongs to no actor: messages under way, disks at work. It goes first.</summary>
    public SimulatedActor Kernel { get; }

    /// <summary>Microseconds since the world began.</summary>
    public long Now { get; private set; }

    public long Steps { get; private set; }

    /// <summary>The actor whose turn it is; null between turns.</summary>
    public SimulatedActor? Current { get; internal set; }

    /// <summary>What happened, a line each; empty unless asked for.</summary>
    public IReadOnlyList<string> Trace => _trace ?? [];

    /// <summary>Whether there is a trace.</summary>
    public bool IsTraced => _trace is not null;

    /// <summary>A number that two runs have in common only if the same things happened in the same order.</summary>
    public ulong Digest { get; private set; } = 14_695_981_039_346_656_037;

    /// <summary>The first thing that went wrong; null while nothing has.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Notes that the run has failed; the first word counts. Any thread.</summary>
    public void Fail(string reason) => Interlocked.CompareExchange(ref _failure, reason, null);

    /// <summary>A line for whoever looks for the cause of a failure.</summary>
    public void Tell(FormattableString line)
    {
        if (_trace is null) return;
        _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{Now / 1e6,12:F6} {Current?.Name ?? "world",-28} ") + FormattableString.Invariant(line));
    }

    /// <summary>Called by everything that the product calls: it must be an actor's turn, on the world's thread.</summary>
    /// <param name="what">What was called, for the failure.</param>
    /// <returns>The actor whose turn it is.</returns>
    public SimulatedActor Enter(string what)
    {
        if (Environment.CurrentManagedThreadId != _thread) throw Leak($"{what} was called by another thread than the world's");
        if (Current is not { } actor || TaskScheduler.Current != actor) throw Leak($"{what} was called outside of any actor's turn");
        return actor;
    }

    internal InvalidOperationException Leak(string reason)
    {
        Fail($"{reason}: code has left its actor{Environment.NewLine}{Environment.StackTrace}");
        return new InvalidOperationException(reason);
    }

    internal void AssertThread(string what)
    {
        if (Environment.CurrentManagedThreadId != _thread) throw Leak($"{what} was called by another thread than the world's");
    }

    /// <summary>Lets something happen later; the action runs in no actor's turn.</summary>
    public void At(long due, Action action) => _events.Enqueue(action, (Math.Max(due, Now), _number++));

    /// <summary>A task that is complete when <paramref name="micros"/> have passed.</summary>
    public Task DelayAsync(long micros)
    {
        var done = new TaskCompletionSource();
        At(Now + micros, done.SetResult);
        return done.Task;
    }

    internal void Ready(SimulatedActor actor)
    {
        if (actor != Kernel) _ready.Add(actor);
    }

    internal void Forget(SimulatedActor actor) => _ready.Remove(actor);

    /// <summary>A number below <paramref name="count"/>.</summary>
    public int Choose(int count) => Random.Next(count);

    /// <summary>Whether something of that likelihood happens.</summary>
    public bool Chance(double likelihood) => likelihood > 0 && Random.NextDouble() < likelihood;

    /// <summary>A time between two bounds, microseconds; short ones are likelier than long ones.</summary>
    public long Between(long least, long most)
    {
        var share = Random.NextDouble();
        return least + (long)((most - least) * share * share);
    }

    /// <summary>One turn, or one thing that is due.</summary>
    /// <returns>false when nothing will ever happen any more.</returns>
    public bool Step()
    {
        Steps++;
        if (Kernel.HasTurns)
        {
            Kernel.RunTurn();
            return true;
        }
        var isDue = _events.TryPeek(out _, out var next) && next.Due <= Now;
        if (_ready.Count == 0 && !isDue)
        {
            if (_events.Count == 0) return false;
            Now = next.Due;
            isDue = true;
        }
        var choice = Choose(_ready.Count + (isDue ? 1 : 0));
        if (choice == _ready.Count)
        {
            Note(next.Number);
            _events.Dequeue()();
            return true;
        }
        var actor = _ready[choice];
        _ready[choice] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        Note(~actor.Number);
        actor.RunTurn();
        if (actor.HasTurns) _ready.Add(actor);
        Now += Choose(TurnMicros);
        return true;
    }

    private void Note(long what) => Digest = (Digest ^ (ulong)what) * 1_099_511_628_211;

    internal long NextNumber() => _number++;

    /// <summary>Runs until <paramref name="until"/> microseconds, a failure, or <paramref name="steps"/> more steps, which are a failure too.</summary>
    public void Run(long until, long steps)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var last = Steps + steps;
            while (Failure is null && (Kernel.HasTurns || _ready.Count > 0 || (_events.TryPeek(out _, out var next) && next.Due <= until)))
            {
                if (Steps >= last) Fail($"the world does not come to rest: {steps} steps until {Now / 1e6:F3} s");
                else Step();
            }
            if (Failure is null && Now < until) Now = until;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
