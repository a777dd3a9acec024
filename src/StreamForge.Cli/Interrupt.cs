using System.Runtime.InteropServices;
using StreamForge.Cli.Output;

namespace StreamForge.Cli;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks for an orderly stop, a second ends the program at once, whatever it is doing; the state on disk is then that of the newest checkpoint.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly ErrorOutput _errors;

    public Interrupt(ErrorOutput errors)
    {
        _errors = errors;
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => _asked.Token;

    private void Handle(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_asked.IsCancellationRequested)
        {
            _asked.Cancel();
            return;
        }
        _errors.Line("ended at once; the next start goes on from the newest checkpoint");
        Environment.Exit(ExitCodes.Failed);
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }
}
