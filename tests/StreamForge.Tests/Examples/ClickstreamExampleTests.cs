using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Embedded;
using StreamForge.Embedded.Storage;
using StreamForge.Testing;

namespace StreamForge.Tests.Examples;

/// <summary>The clickstream example has no end and lives in the present; its first events are held to what they are, not to when.</summary>
public sealed class ClickstreamExampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-example-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task First_events_give_the_expected_table_and_keys()
    {
        var expected = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "examples", "clickstream", "expected.json")))!;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["CLICKSTREAM_RATE"] = "null", ["CLICKSTREAM_EVENTS"] = $"{expected["events"]}" };
        var data = new DataDirectory(_folder);
        await using (var pipeline = await ExampleRun.LoadAsync("clickstream", variables.GetValueOrDefault))
        await using (var engine = await PipelineEngine.OpenAsync(pipeline, data, new EngineOptions(Bounded: true), TimeProvider.System, NullLogger.Instance, CancellationToken.None))
        {
            await engine.RunAsync(CancellationToken.None);
            var status = engine.Status();
            Assert.Equal(((long)expected["events"]!, (long)expected["rows"]!, (long)expected["dead_letters"]!), (status.Events, status.Rows, status.DeadLetters));
            Assert.Equal((long)expected["users"]!, status.Views.Single(v => v.Name == "user_activity").Keys);
        }
        var clicks = await LakeTable.ReadAsync(data, "clickstream.clicks", "event_id", "event_type", "transaction_value");
        Assert.Equal((int)expected["events"]!, clicks.Rows.Select(r => r[0]).Distinct(StringComparer.Ordinal).Count());
        foreach (var (type, count) in expected["event_types"]!.AsObject()) Assert.Equal((type, (int)count!), (type, clicks.Rows.Count(r => r[1] == type)));
        Assert.Equal(decimal.Parse((string)expected["transaction_value"]!, null), clicks.Sum("transaction_value"));
    }
}
