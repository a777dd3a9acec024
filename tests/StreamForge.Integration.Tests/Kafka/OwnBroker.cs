using System.Diagnostics;

namespace StreamForge.Integration.Tests.Kafka;

/// <summary>A broker of a test's own, which it may kill.</summary>
internal sealed class OwnBroker : IAsyncDisposable
{
    /// <summary>What <see cref="Needs"/> must find for it.</summary>
    public const string Need = "services/kafka/start.sh";

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-broker-").FullName;

    private OwnBroker()
    {
    }

    public string Address { get; private set; } = "";

    public static async Task<OwnBroker> StartAsync()
    {
        var broker = new OwnBroker();
        await broker.RestartAsync();
        return broker;
    }

    /// <summary>Starts it on the same port with the data that it has.</summary>
    public async Task RestartAsync()
    {
        var port = Address.Length == 0 ? "0" : Address[(Address.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var said = await RunAsync("start.sh", "--port", port, "--dir", Data);
        Address = said.Trim().Replace("KAFKA_BOOTSTRAP=", "", StringComparison.Ordinal);
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => RunAsync("stop.sh", "--kill", "--dir", Data);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop.sh", "--kill", "--wipe", "--dir", Data);
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "kafka");

    private static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Needs.Shared, "services", "kafka", script), arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        // The broker inherits standard error only; standard output ends with the script.
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return said;
    }
}
