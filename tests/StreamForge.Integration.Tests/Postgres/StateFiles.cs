using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StreamForge.Cluster.Ports;
using StreamForge.Pipeline.States;
using StreamForge.Postgres;
using StreamForge.Postgres.Transfer;

namespace StreamForge.Integration.Tests.Postgres;

/// <summary>A folder in which the program makes state files, and their way into PostgreSQL and back.</summary>
internal sealed class StateFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("streamforge-state-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public async Task<CliResult> CliAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using var process = CliProcess.Start(Folder, environment, arguments);
        return await process.EndAsync();
    }

    /// <summary>The state of a run over 600 events of 20 keys, some late and some broken.</summary>
    /// <param name="pipeline">Its definition, over events.json.</param>
    public async Task<byte[]> RunAndExportAsync(string pipeline, int seed)
    {
        var random = new Random(seed);
        var lines = new StringBuilder();
        for (var i = 0; i < 600; i++)
        {
            var time = new DateTime(2024, 1, 1, 10, 0, 0, DateTimeKind.Utc).AddSeconds(i * 15 - (random.Next(10) == 0 ? random.Next(6000) : 0));
            lines.Append(random.Next(60) == 0 ? "{\"t\": broken\n" : string.Create(CultureInfo.InvariantCulture, $"{{\"t\": \"{time:yyyy-MM-ddTHH:mm:ssZ}\", \"k\": {i % 20}, \"amount\": {random.Next(1000)}.25}}\n"));
        }
        await File.WriteAllTextAsync(Path.Combine(Folder, "events.json"), lines.ToString());
        await File.WriteAllTextAsync(Path.Combine(Folder, "pipeline.yaml"), pipeline);
        var run = await CliAsync([], "run", "pipeline.yaml", "--once", "--data-dir", "data");
        Assert.True(run.Code == 0, run.Errors);
        var export = await CliAsync([], "state", "export", "orders", "files.state", "--data-dir", "data");
        Assert.True(export.Code == 0, export.Errors);
        return await File.ReadAllBytesAsync(Path.Combine(Folder, "files.state"));
    }

    /// <summary>The same state as if its events had come from a topic.</summary>
    public static byte[] AsKafka(byte[] file)
    {
        var reader = new StateReader(new MemoryStream(file), "files.state");
        var target = new MemoryStream();
        var writer = new StateWriter(target, reader.Header with
        {
            Sources = [.. reader.Header.Sources.Select(s => s with { Type = "kafka" })],
            Partitions = [.. reader.Header.Partitions.Select(p => p with { Segment = "events/0" })],
            Views = [.. reader.Header.Views.Select(v => v with { Fingerprint = [.. v.Fingerprint.Select(static l => l.Replace("files events.json json", "kafka events json", StringComparison.Ordinal))] })],
            Definition = DefinitionAsKafka(reader.Header.Definition!),
        });
        while (reader.Next() is { } record) writer.Add(record is LedgerRecord entry ? entry with { Json = AsKafka(entry.Json) } : record);
        writer.Complete();
        return target.ToArray();
    }

    /// <summary>A pipeline's file as if its events came from a topic.</summary>
    public static string TextAsKafka(string text) => text.Replace("type: files\n    path: events.json", "type: kafka\n    connection: 127.0.0.1:1\n    topic: events", StringComparison.Ordinal);

    private static string DefinitionAsKafka(string json)
    {
        var entry = JsonNode.Parse(json)!;
        entry["Text"] = TextAsKafka((string)entry["Text"]!);
        return entry.ToJsonString();
    }

    private static string AsKafka(string json)
    {
        var entry = JsonNode.Parse(json)!;
        entry["position"] = "events/0:" + ((string)entry["position"]!).Split(':')[^1];
        return entry.ToJsonString();
    }

    public static Task ImportAsync(PostgresTrial trial, byte[] file) => PostgresStateImport.ImportAsync(new StateReader(new MemoryStream(file), "x.state"), trial.Database, CancellationToken.None);

    public static async Task<byte[]> ExportAsync(PostgresTrial trial)
    {
        var target = new MemoryStream();
        await PostgresStateExport.ExportAsync(trial.Database, "orders", target, TimeProvider.System, CancellationToken.None);
        return target.ToArray();
    }

    /// <summary>As the pipeline's own part leaves its record when it has been stopped.</summary>
    public static async Task StopAsync(PostgresTrial trial)
    {
        var storage = await PostgresPipelineStorage.OpenAsync(trial.Database, "orders", [], CancellationToken.None);
        var record = (await storage.Records.LoadAsync("pipeline", CancellationToken.None))!;
        var content = JsonNode.Parse(record.Content)!;
        content["content"]!["order"] = 1;
        Assert.True(await storage.Records.TryWriteAsync(new RecordWrite("pipeline", record.Version, Guid.NewGuid(), Encoding.UTF8.GetBytes(content.ToJsonString()), [], []), CancellationToken.None));
    }

    public static StateHeader Header(byte[] file) => new StateReader(new MemoryStream(file), "x.state").Header;

    public static IEnumerable<StateRecord> All(byte[] file)
    {
        var reader = new StateReader(new MemoryStream(file), "x.state");
        while (reader.Next() is { } record) yield return record;
    }

    public static string[] Records(byte[] file) => Words(All(file));

    public static string[] Words(IEnumerable<StateRecord> records) => [.. records.Select(r => $"{r.GetType().Name} {System.Text.Json.JsonSerializer.Serialize<object>(r)}").Order(StringComparer.Ordinal)];
}
