using System.Runtime.InteropServices;
using StreamForge.Cli.Output;

namespace StreamForge.Cli;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks for an orderly stop, a later one ends the program at once, whatever it is doing; the state on disk is then that of the newest checkpoint.
/// Signals that come together are one: some programs send theirs to a process and to its group.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _asked = new();
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly ErrorOutput _errors;
    private readonly TimeProvider _clock;
    private long? _first;

    public Interrupt(ErrorOutput errors, TimeProvider clock)
    {
        _errors = errors;
        _clock = clock;
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => _asked.Token;

    /// <summary>The first signal that came; null before one has.</summary>
    public PosixSignal? Signal { get; private set; }

    /// <summary>What is said when a later signal ends the program.</summary>
    public string LastWords { get; set; } = "ended at once; the next start goes on from the newest checkpoint";

    private void Handle(PosixSignalContext signal)
    {
        signal.Cancel = true;
        lock (_lock)
        {
            if (_first is { } first)
            {
                if (_clock.GetElapsedTime(first) < Together) return;
                _errors.Line(LastWords);
                Environment.Exit(ExitCodes.Failed);
            }
            _first = _clock.GetTimestamp();
            Signal = signal.Signal;
        }
        _asked.Cancel();
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }
}
