using System.Collections;
using System.Diagnostics;
using System.Text;

namespace StreamForge.Testing.Services;

/// <summary>What a run of the program left.</summary>
public sealed record CliResult(int Code, string Output, string Errors);

/// <summary>The built program as a process of its own.</summary>
public sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly StringBuilder _errors = new();

    private CliProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
    }

    public static CliProcess Start(string folder, IReadOnlyDictionary<string, string> environment, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "streamforge.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (((string)variable.Key).StartsWith("STREAMFORGE_", StringComparison.Ordinal)) start.Environment.Remove((string)variable.Key);
        }
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Reads standard error up to the line that holds <paramref name="text"/>, and returns that line.</summary>
    public async Task<string> ReadErrorsToAsync(string text)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (await _process.StandardError.ReadLineAsync(timeout.Token) is { } line)
        {
            _errors.Append(line).Append('\n');
            if (line.Contains(text, StringComparison.Ordinal)) return line;
        }
        throw new InvalidOperationException($"the program ended without saying '{text}': {_errors}");
    }

    /// <summary>Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL, and waits until nothing of it is left; false when it had ended before.</summary>
    public async Task<bool> KillAsync()
    {
        var running = !_process.HasExited;
        if (running) _process.Kill();
        await _process.WaitForExitAsync();
        return running;
    }

    public async Task<CliResult> EndAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        _errors.Append(await _process.StandardError.ReadToEndAsync(timeout.Token));
        await _process.WaitForExitAsync(timeout.Token);
        return new CliResult(_process.ExitCode, await _output, _errors.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
