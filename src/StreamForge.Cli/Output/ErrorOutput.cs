using System.Text;
using Spectre.Console;

namespace StreamForge.Cli.Output;

/// <summary>
/// Standard error. Lines come out whole whoever writes them; while live progress is shown they go above it. Safe from any thread.
/// </summary>
internal sealed class ErrorOutput
{
    private readonly Lock _lock = new();
    private IAnsiConsole? _live;

    public ErrorOutput() => Writer = new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };

    public TextWriter Writer { get; }

    /// <summary>Whether bars may move: a terminal, and nobody has said NO_COLOR.</summary>
    public static bool CanShowLive =>
        !Console.IsErrorRedirected && string.IsNullOrEmpty(Shell.Environment("NO_COLOR")) && Shell.Environment("TERM") is not (null or "" or "dumb");

    public void Line(string text)
    {
        lock (_lock)
        {
            if (_live is { } live) live.WriteLine(text);
            else Writer.WriteLine(text);
        }
    }

    /// <summary>Starts live output; other lines go above it until <see cref="EndLive"/>.</summary>
    public IAnsiConsole BeginLive()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        lock (_lock) return _live = console;
    }

    public void EndLive()
    {
        lock (_lock) _live = null;
    }
}
