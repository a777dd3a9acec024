using System.Text;
using Microsoft.Win32.SafeHandles;
using StreamForge.Cli.Output;

namespace StreamForge.Cli;

/// <summary>What surrounds the program: its streams, its environment, its clock and the signals it gets. One for the program's life.</summary>
internal sealed class Shell : IDisposable
{
    private const int BrokenPipe = 32;

    private readonly Interrupt _interrupt;
    private readonly Lazy<StreamWriter> _output;

    public Shell()
    {
        Errors = new ErrorOutput();
        Log = new ErrorLog(Errors, Clock);
        _output = new Lazy<StreamWriter>(() => new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n", AutoFlush = !Console.IsOutputRedirected });
        _interrupt = new Interrupt(Errors, Clock);
    }

    /// <summary>Standard output, UTF-8: data and nothing else.</summary>
    public TextWriter Output => _output.Value;

    /// <summary>Writes a line of data.</summary>
    public void Print(string line = "") => Output.WriteLine(line);

    /// <summary>Standard error: progress, logs and what went wrong.</summary>
    public ErrorOutput Errors { get; }

    public ErrorLog Log { get; }

    public TimeProvider Clock { get; } = TimeProvider.System;

    /// <summary>Cancelled by the first Ctrl-C or SIGTERM.</summary>
    public CancellationToken Interrupted => _interrupt.Token;

    /// <summary>The signals themselves.</summary>
    public Interrupt Signals => _interrupt;

    /// <summary>Whether standard output is a terminal that may show tables with borders.</summary>
    public static bool OutputIsTerminal => !Console.IsOutputRedirected;

    /// <summary>The value of an environment variable; null when it is not set.</summary>
    public static string? Environment(string name) => System.Environment.GetEnvironmentVariable(name);

    /// <summary>
    /// Standard output as bytes. A pipe's writes fail when its reader has gone, which the console's own stream would hide; a file's are left to the console, which
    /// keeps the place that other programs write on from.
    /// </summary>
    public static Stream OpenRawOutput()
    {
        if (OperatingSystem.IsWindows()) return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle((nint)1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        if (!stream.CanSeek) return stream;
        stream.Dispose();
        return Console.OpenStandardOutput();
    }

    /// <summary>Whether a write failed because nobody reads standard output any more.</summary>
    public static bool IsClosedPipe(IOException error) => error.HResult == BrokenPipe;

    public void Dispose()
    {
        if (_output.IsValueCreated) _output.Value.Dispose();
        _interrupt.Dispose();
        Log.Dispose();
    }
}
