using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>recovery</c>: 1 million keys in a checkpoint and a file of changes; then the program is started as a process of its own, as a user starts it, and asked for a key until it answers. The process is killed afterwards, and
/// started again: the second and third time nothing is different, and the best of them counts as well.
/// </summary>
internal sealed class RecoveryScenario : IBenchScenario
{
    private const int FullKeys = 1_000_000;
    private const double Changed = 0.1;
    private const int Starts = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Name => "recovery";

    public string Summary => "1 million keys: from the start of the process to its first lookup";

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var keys = Math.Max(1, (int)(FullKeys * context.Scale));
        var events = Path.Combine(context.WorkDirectory, "events.jsonl");
        context.Progress($"filling {keys:N0} keys, and changing {Changed:P0} of them");
        await StateScenario.WriteAsync(events, keys, cancellation);
        await EngineRun.OfAsync(context, "state", StateScenario.Pipeline, cancellation);
        await File.AppendAllLinesAsync(events, Enumerable.Range(0, (int)(keys * Changed)).Select(i => StateScenario.Line((int)(i / Changed), keys).TrimEnd()), cancellation);
        var filled = await EngineRun.OfAsync(context, "state", StateScenario.Pipeline, cancellation);
        await File.WriteAllTextAsync(Path.Combine(context.WorkDirectory, "pipeline.yaml"), StateScenario.Pipeline, cancellation);
        var seconds = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            context.Progress("starting the program");
            seconds.Add(await StartAsync(context.WorkDirectory, $"user-{keys / 2}", cancellation));
        }
        return new BenchReport(
        [
            new("keys", filled.Keys, "keys"),
            new("checkpoint_bytes", new DirectoryInfo(Path.Combine(context.WorkDirectory, "state", "checkpoints", "bench_state")).EnumerateFiles("state-*.bin").Sum(f => f.Length), "bytes"),
            new("first_lookup_seconds", seconds[0], "s", 5, GoalIsLimit: true),
            new("first_lookup_seconds_best", seconds.Min(), "s"),
            new("keys_per_second", filled.Keys / seconds[0], "keys/s"),
            EngineRun.PeakResidentMeasure,
        ])
        {
            Plots = [new("seconds to the first lookup", ["first_lookup_seconds", "first_lookup_seconds_best"])],
            Notes = ["From before the process is created to the answer of a lookup over HTTP with the key's features: the runtime's start, compiling, loading and checking the files are all in it."],
        };
    }

    private static async Task<double> StartAsync(string folder, string key, CancellationToken cancellation)
    {
        var port = FreePort();
        var request = Encoding.ASCII.GetBytes($"GET /v1/views/keys?k={key} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "streamforge.dll"), "run", "pipeline.yaml", "--data-dir", "state", "--port", port.ToString(CultureInfo.InvariantCulture), "--json"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (Stopwatch.GetElapsedTime(started) < Patience)
            {
                cancellation.ThrowIfCancellationRequested();
                if (process.HasExited) throw new InvalidOperationException($"the program ended with {process.ExitCode}: {await errors}");
                try
                {
                    using var connection = new HttpConnection(new IPEndPoint(IPAddress.Loopback, port));
                    if (connection.Exchange(request).Status == 200) return Stopwatch.GetElapsedTime(started).TotalSeconds;
                }
                catch (Exception error) when (error is SocketException or IOException)
                {
                    // It does not listen yet.
                }
                await Task.Delay(5, cancellation);
            }
            throw new TimeoutException($"the program did not answer within {Patience}");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            await Task.WhenAll(output, errors);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
