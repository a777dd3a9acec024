using System.Text.Json;
using StreamForge.Cli.Bench;

namespace StreamForge.Tests.Bench;

public class BenchOutputTests
{
    private static readonly MachineFacts Machine = new("Some CPU", 2, 4L << 30, "Some OS", ".NET 10", "1.2.3", "abc");

    private static readonly BenchReport Report = new(
    [
        new("events_per_second", 612_345.6, "events/s", 500_000), new("bytes_per_key", 412.25, "bytes", 400, GoalIsLimit: true), new("share", 0.5, "ratio"),
    ])
    { Notes = ["A note."] };

    [Fact]
    public void Table_holds_the_machine_every_measure_and_whether_its_goal_is_reached()
    {
        var text = Written(json: false);
        Assert.Equal(
            """
            ingest, scale 0.5: streamforge 1.2.3 (abc)
            Some CPU, 2 cores, 4.0 GiB, Some OS, .NET 10

            measure              value  unit      goal
            events_per_second  612,346  events/s  at least 500,000: reached
            bytes_per_key       412.25  bytes     at most 400: not reached
            share                  0.5  ratio

            A note.

            """, text);
    }

    [Fact]
    public void Json_is_one_document_in_one_line()
    {
        var text = Written(json: true);
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Equal("ingest", json.GetProperty("scenario").GetString());
        Assert.Equal(2, json.GetProperty("machine").GetProperty("cores").GetInt32());
        var measures = json.GetProperty("measures");
        Assert.Equal(3, measures.GetArrayLength());
        Assert.Equal(612_345.6, measures[0].GetProperty("value").GetDouble());
        Assert.Equal("at_most", measures[1].GetProperty("goal_is").GetString());
        Assert.False(measures[2].TryGetProperty("goal", out _));
    }

    [Fact]
    public void List_names_every_scenario()
    {
        var output = new StringWriter { NewLine = "\n" };
        BenchOutput.WriteList(output, BenchScenarios.All, json: true);
        Assert.Equal(BenchScenarios.All.Length, JsonDocument.Parse(output.ToString()).RootElement.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Machine_facts_know_the_processor_and_the_version()
    {
        var facts = await MachineFacts.ReadAsync(CancellationToken.None);
        Assert.NotEmpty(facts.Cpu);
        Assert.Equal(Environment.ProcessorCount, facts.Cores);
        Assert.Matches(@"^\d+\.\d+\.\d+", facts.Version);
    }

    private static string Written(bool json)
    {
        var output = new StringWriter { NewLine = "\n" };
        BenchOutput.WriteReport(output, "ingest", 0.5, Machine, Report, json);
        return output.ToString();
    }
}
