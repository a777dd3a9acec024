using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Integration.Tests;

/// <summary>Writers that are processes of their own: several at a time, and one that is killed again and again. PyIceberg says what is in the table.</summary>
public sealed class WritersTests : IDisposable
{
    private const int Processes = 4, Sinks = 25, Kills = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-writers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact(PythonScript.Need)]
    public async Task Hundred_commits_of_four_processes_are_hundred_snapshots_and_lose_no_row()
    {
        const int rows = 500;
        for (var writer = 0; writer < Processes; writer++) await PipelineAsync($"writer{writer}", Sinks, 1, writer * rows, rows);
        var running = Enumerable.Range(0, Processes).Select(writer => Start($"writer{writer}", "--once")).ToArray();
        foreach (var process in running)
        {
            using (process)
            {
                var result = await process.EndAsync();
                Assert.True(result.Code == 0, result.Errors);
                using var summary = JsonDocument.Parse(result.Output);
                Assert.Equal(Sinks, summary.RootElement.GetProperty("snapshots").GetInt32());
            }
        }
        Assert.Equal((rows * Processes * Sinks, rows * Processes, Processes * Sinks, Processes * Sinks), await CountAsync());
    }

    [ServiceFact(PythonScript.Need)]
    public async Task Writer_killed_at_twenty_random_steps_leaves_a_readable_table_each_time_and_every_row_once_at_the_end()
    {
        const int rows = 10_000, sinks = 2;
        await PipelineAsync("killed", sinks, 0, 0, rows);
        var random = new Random(20240501);
        for (var i = 0; i < Kills; i++)
        {
            await RowsAsync("killed", i, i * rows, rows);
            // A commit of a sink makes a data file, a manifest, a list and metadata; the moment is after some of them.
            var (before, more) = (Files(), random.Next(1, 4 * sinks));
            using var process = Start("killed", "--port", "0");
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (Files().Except(before).Count() < more) await Task.Delay(1, patience.Token);
            Assert.True(await process.KillAsync(), "a pipeline that waits for more rows does not end");
            var (seen, distinct, snapshots, commits) = await CountAsync();
            Assert.True(snapshots == commits && seen <= distinct * sinks && distinct <= (i + 1) * rows, $"{seen} rows, {distinct} different, in {snapshots} snapshots of {commits} commits after kill {i}");
        }
        using (var last = Start("killed", "--once"))
        {
            var result = await last.EndAsync();
            Assert.True(result.Code == 0, result.Errors);
        }
        var end = await CountAsync();
        Assert.Equal((Kills * rows * sinks, Kills * rows), (end.Rows, end.Distinct));
        Assert.Equal(end.Commits, end.Snapshots);
    }

    private HashSet<string> Files() => Directory.Exists(Path.Combine(_folder, "warehouse")) ? [.. Directory.EnumerateFiles(Path.Combine(_folder, "warehouse"), "*", SearchOption.AllDirectories)] : [];

    private CliProcess Start(string name, params string[] more) => CliProcess.Start(_folder, new Dictionary<string, string>(StringComparer.Ordinal),
        [.. more.Prepend($"{name}.yaml").Prepend("run"), "--json", "--data-dir", Path.Combine(_folder, $"data-{name}"), "--warehouse", LocalPath.ToLocation(Path.Combine(_folder, "warehouse"))]);

    private async Task RowsAsync(string name, int file, int first, int rows)
    {
        var lines = Enumerable.Range(first, rows).Select(n => string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{n}},"at":"2024-05-01T00:00:00Z"}"""));
        await File.WriteAllLinesAsync(Path.Combine(_folder, name, $"rows-{file:D3}.jsonl"), lines);
    }

    /// <summary>A pipeline whose sinks all append to one table: each commits every checkpoint.</summary>
    private async Task PipelineAsync(string name, int sinks, int files, int first, int rows)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        for (var file = 0; file < files; file++) await RowsAsync(name, file, first + file * rows, rows);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $$"""
            metadata: {name: {{name}}}
            sources:
              rows: {type: files, path: "{{name}}/*.jsonl", format: json, event_time: at, schema: [{name: n, type: bigint}, {name: at, type: timestamptz}]}
            orchestration: {checkpoint_interval: 100ms}
            sinks:

            """);
        for (var sink = 0; sink < sinks; sink++) text.Append(CultureInfo.InvariantCulture, $"  lake{sink}: {{type: iceberg, input: rows, table: shared.rows}}\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, $"{name}.yaml"), text.ToString());
    }

    private async Task<(int Rows, int Distinct, int Snapshots, int Commits)> CountAsync()
    {
        var counts = await PythonScript.RunAsync("count_rows.py", Path.Combine(_folder, "warehouse", "shared", "rows"));
        return (Of("rows"), Of("distinct"), Of("snapshots"), Of("commits"));

        int Of(string name) => counts.GetProperty(name).GetInt32();
    }
}
