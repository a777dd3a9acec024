using System.Text.Json;

namespace StreamForge.Integration.Tests.Kafka;

/// <summary>A folder in which the program runs a pipeline over a topic, and what it wrote there.</summary>
internal sealed class Workplace : IDisposable
{
    private const string Rows = "out";

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-kafka-").FullName;

    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Writes a pipeline that keeps all rows of <paramref name="topic"/> as files.</summary>
    /// <param name="more">Further fields of the source, each on a line.</param>
    /// <param name="rest">Further sections.</param>
    public string Pipeline(Topic topic, string more = "", string rest = "", string columns = "id, `partition`, `offset`")
    {
        var path = PathOf("pipeline.yaml");
        File.WriteAllText(path, $$$"""
            metadata: {name: reads}
            sources:
              clicks:
                type: kafka
                connection: "{{{topic.Brokers}}}"
                topic: {{{topic.Name}}}
                consumer_group: {{{topic.Group}}}
                format: json
                schema: [{name: id, type: bigint}]
                {{{more.ReplaceLineEndings("\n    ")}}}
            transformations:
              - {name: rows, type: sql_transform, input: clicks, sql: "SELECT {{{columns}}} FROM {{ input }}"}
            sinks:
              rows: {type: files, input: rows, path: {{{Rows}}}}
            {{{rest}}}
            """);
        return path;
    }

    public CliProcess Start(params string[] arguments) => CliProcess.Start(_folder, new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    public async Task<CliResult> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await process.EndAsync();
    }

    /// <summary>Runs to the topic's present end; the summary.</summary>
    public async Task<JsonElement> RunOnceAsync(params string[] more)
    {
        var result = await RunAsync(["run", "pipeline.yaml", "--once", "--json", .. more]);
        Assert.True(result.Code == 0, result.Errors);
        return Json(result.Output);
    }

    /// <summary>All rows that were committed, as their lines.</summary>
    public string[] Written(string folder = Rows) => Directory.Exists(PathOf(folder))
        ? [.. Directory.EnumerateFiles(PathOf(folder), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)]
        : [];

    /// <summary>The column id of all rows, ascending.</summary>
    public long[] Ids() => [.. Written().Select(line => Json(line).GetProperty("id").GetInt64()).Order()];

    public static IEnumerable<string> Values(int from, int count) => Enumerable.Range(from, count).Select(i => $"{{\"id\": {i}}}");

    public static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
