using System.Diagnostics;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Faults;

/// <summary>The built program, killed without warning again and again, ends with what an undisturbed run makes.</summary>
public sealed class KillTests : IDisposable
{
    private const int Seed = 20;
    private const int Kills = 20;
    private const int MostStarts = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly PipelineFolder _folder = new(Workload.Pipeline(sinks: 2, interval: "100ms", closed: true));
    private readonly Workload _workload = new(Seed);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_20_random_instants_the_program_ends_as_if_nothing_had_happened()
    {
        _folder.Write("pipeline.yaml", _folder.Pipeline);
        _folder.Write("events.json", _workload.Next(100_000));
        var random = new Random(Seed);
        var killed = 0;
        for (var start = 0; killed < Kills; start++)
        {
            Assert.True(start < MostStarts, "the program ends too fast to be killed");
            // One half dies somewhere between its first instruction and its work, the other half close to its checkpoints.
            var atWork = random.Next(2) == 0;
            var delay = TimeSpan.FromMilliseconds(atWork ? random.Next(0, 300) : random.Next(50, 1500));
            if (await KillAsync(atWork, delay)) killed++;
            else Append(40_000);
        }
        using (var last = Start())
        {
            var errors = await EndAsync(last);
            Assert.True(last.ExitCode == 0, errors);
        }
        Workload.AssertSame(await Workload.UndisturbedAsync(_folder.Bytes("events.json"), sinks: 2), Workload.Outcome(_folder, sinks: 2));
        Workload.AssertSame(await Workload.UndisturbedClosedAsync(_folder.Bytes("events.json")), Workload.Closed(_folder));
        Assert.Empty(Directory.EnumerateFiles(_folder["out/.writing"]));
        Assert.Empty(Directory.EnumerateFiles(_folder.Checkpoints.Path, "*.new"));
    }

    /// <summary>Starts the program and kills it <paramref name="delay"/> later, counted from its first checkpoint where <paramref name="atWork"/> is set, else from its start.</summary>
    /// <returns>false when it had come to its end by itself, and rightly.</returns>
    private async Task<bool> KillAsync(bool atWork, TimeSpan delay)
    {
        var before = Newest();
        using var process = Start();
        var end = EndAsync(process);
        var since = Stopwatch.GetTimestamp();
        while (atWork && Newest() == before && !end.IsCompleted && Stopwatch.GetElapsedTime(since) < Patience) await Task.Delay(1);
        await Task.WhenAny(end, Task.Delay(delay));
        process.Kill();
        var errors = await end;
        if (process.ExitCode == 0) return false;
        // 128 + SIGKILL: everything else is an end of its own that it must not have come to.
        Assert.True(process.ExitCode == 137, $"exit code {process.ExitCode}: {errors}");
        return true;
    }

    private long Newest() => _folder.Checkpoints.Ids().FirstOrDefault();

    private void Append(int rows)
    {
        using var file = new FileStream(_folder["events.json"], FileMode.Append);
        file.Write(_workload.Next(rows));
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "streamforge.dll"), "run", "pipeline.yaml", "--once", "--json", "--data-dir", "data"])
        {
            WorkingDirectory = _folder.Path,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<string> EndAsync(Process process)
    {
        using var timeout = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = await process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return await output + errors;
    }
}
