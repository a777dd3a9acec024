using StreamForge.ObjectStores.Local;
using StreamForge.Testing.Services;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Lake;

/// <summary>What a writer of a table leaves that was killed while its data files were open.</summary>
public sealed class KilledWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly PipelineFolder _folder = new("""
        metadata: {name: case}
        sources:
          events: {type: files, path: events.json, format: json, schema: [{name: t, type: timestamptz}, {name: id, type: int}], event_time: t}
        sinks:
          lake: {type: iceberg, input: events, table: a.rows, partition_by: ["bucket(3, id)"]}
        orchestration: {checkpoint_interval: 1h}
        """);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_that_a_killed_writer_had_open_are_removed_by_the_next_start_and_nobody_elses()
    {
        _folder.Write("pipeline.yaml", _folder.Pipeline);
        for (var id = 0; id < 100; id++) _folder.Append("events.json", $"{{\"t\": \"2024-01-01T00:00:00Z\", \"id\": {id}}}\n");
        var none = new Dictionary<string, string>();
        using (var killed = CliProcess.Start(_folder.Path, none, "run", "pipeline.yaml", "--data-dir", "data", "--port", "0"))
        {
            using var patience = new CancellationTokenSource(Patience);
            while (_folder.DataFiles("a.rows").Length < 3) await Task.Delay(10, patience.Token);
            await killed.KillAsync();
            Assert.Equal(137, (await killed.EndAsync()).Code);
        }
        Assert.All(_folder.DataFiles("a.rows"), file => Assert.EndsWith(".tmp", file, StringComparison.Ordinal));
        // Another writer is at work on the same table.
        var other = Guid.CreateVersion7().ToString("N");
        await using var open = await new LocalObjectStore().CreateAsync(LocalPath.ToLocation(_folder[$"data/warehouse/a/rows/data/id_bucket=0/{other}-00000.parquet"]), CancellationToken.None);
        using (var next = CliProcess.Start(_folder.Path, none, "run", "pipeline.yaml", "--once", "--data-dir", "data"))
        {
            var ended = await next.EndAsync();
            Assert.True(ended.Code == 0, ended.Errors);
        }
        Assert.Equal(100, (await _folder.RowsAsync("a.rows", "id")).Distinct().Count());
        var unfinished = Assert.Single(_folder.DataFiles("a.rows"), file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.Contains(other, unfinished, StringComparison.Ordinal);
        await open.CompleteAsync(CancellationToken.None);
    }
}
