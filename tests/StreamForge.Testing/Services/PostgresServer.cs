using System.Diagnostics;

namespace StreamForge.Testing.Services;

/// <summary>A PostgreSQL server of its own, from <c>../shared/services</c>, for tests that stop or kill it. Tests that use it are <c>[ServiceFact(PostgresServer.Need)]</c>.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string Need = "services/postgres";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"streamforge-postgres-{Guid.NewGuid():n}");
    private string _port = "0";

    private PostgresServer()
    {
        // Root's server runs as another user, who must get in.
        Directory.CreateDirectory(_folder);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead | UnixFileMode.GroupExecute | UnixFileMode.GroupRead);
    }

    /// <summary>Its address, which it keeps when it is started again.</summary>
    public string Address { get; private set; } = "";

    public static async Task<PostgresServer> StartNewAsync()
    {
        var server = new PostgresServer();
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        var line = (await RunAsync("start.sh", "--port", _port)).Split('\n').Single(l => l.StartsWith("POSTGRES_URL=", StringComparison.Ordinal));
        Address = line["POSTGRES_URL=".Length..];
        _port = $"{new Uri(Address).Port}";
    }

    /// <summary>An orderly stop that sends clients away.</summary>
    public Task StopAsync() => RunAsync("stop.sh");

    /// <summary>As a crash.</summary>
    public Task KillAsync() => RunAsync("stop.sh", "--kill");

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop.sh", "--wipe");
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Needs.Shared, Need, script)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments.Concat(["--dir", Path.Combine(_folder, "server")])) start.ArgumentList.Add(argument);
        // Output goes to pipes that the server inherits: the lines are read as they come, never to the end.
        using var process = Process.Start(start)!;
        var lines = new List<string>();
        process.OutputDataReceived += (_, line) => { if (line.Data is not null) lock (lines) lines.Add(line.Data); };
        process.ErrorDataReceived += (_, line) => { if (line.Data is not null) lock (lines) lines.Add(line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync();
        lock (lines)
        {
            var said = string.Join('\n', lines);
            return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{script} ended with code {process.ExitCode}: {said}");
        }
    }
}
