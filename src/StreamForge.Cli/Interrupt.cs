using System.Diagnostics;
using System.Runtime.InteropServices;
using StreamForge.Cli.Output;

namespace StreamForge.Cli;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks for an orderly stop, a second ends the program at once, whatever it is doing; the state on disk is then that of the newest checkpoint.
/// Wrappers pass a signal on that the terminal has sent to their whole group already, so what comes within half a second of the first is the same wish.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private static readonly TimeSpan SameWish = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly ErrorOutput _errors;
    private long _firstAsked;

    public Interrupt(ErrorOutput errors)
    {
        _errors = errors;
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => _asked.Token;

    private void Handle(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.CompareExchange(ref _firstAsked, Stopwatch.GetTimestamp(), 0) == 0)
        {
            _asked.Cancel();
            return;
        }
        if (Stopwatch.GetElapsedTime(_firstAsked) < SameWish) return;
        _errors.Line("ended at once; the next start goes on from the newest checkpoint");
        Environment.Exit(ExitCodes.Failed);
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }
}
