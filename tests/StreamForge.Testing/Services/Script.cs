using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace StreamForge.Testing.Services;

/// <summary>Runs a script of <c>tests/interop</c> in an interpreter of its own; it prints one JSON document.</summary>
internal static class Script
{
    /// <summary>The longest that a script may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Folder { get; } = Path.Combine(RepositoryFiles.Root, "tests", "interop");

    /// <exception cref="InvalidOperationException">The script failed, took too long, or printed no JSON; with what it said on standard error.</exception>
    public static async Task<JsonElement> RunAsync(string interpreter, string script, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(interpreter)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(Folder, script));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["PYTHONUTF8"] = "1";
        start.Environment["TZ"] = "UTC";
        using var process = Process.Start(start) ?? throw new Win32Exception($"{interpreter} does not start");
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode == 0
                ? Parse(script, await output)
                : throw new InvalidOperationException($"{script} ended with code {process.ExitCode}: {await errors}{await output}");
        }
        catch (OperationCanceledException error)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{script} took more than {Patience.TotalSeconds:N0} s", error);
        }
    }

    private static JsonElement Parse(string script, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new InvalidOperationException($"{script} printed no JSON document ({error.Message}): {text}", error);
        }
    }
}
