using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Trials;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Examples;

public sealed class RetailExample() : ExampleRun("retail", drain: false);

public sealed class TiersExample() : ExampleRun("tiers", drain: true);

public sealed class ConversionsExample() : ExampleRun("conversions", drain: false);

public sealed class OrdersExample() : ExampleRun("orders", drain: false);

public sealed class RetailExampleTests(RetailExample run) : ExampleTests(run), IClassFixture<RetailExample>;

public sealed class TiersExampleTests(TiersExample run) : ExampleTests(run), IClassFixture<TiersExample>;

public sealed class ConversionsExampleTests(ConversionsExample run) : ExampleTests(run), IClassFixture<ConversionsExample>;

public sealed class OrdersExampleTests(OrdersExample run) : ExampleTests(run), IClassFixture<OrdersExample>;

/// <summary>An example's counts, tables and features, held to its <c>expected.json</c>, which expected.py beside this file computes.</summary>
public abstract class ExampleTests(ExampleRun run)
{
    [Fact]
    public void Counts_of_the_run_are_the_expected_ones()
    {
        var status = run.Status;
        Assert.Equal((Count("events"), Count("rows"), Count("dead_letters"), Count("late")), (status.Events, status.Rows, status.DeadLetters, status.Late));
        Assert.Equal(Members("keys").Select(v => (v.Key, (long)v.Value!)), status.Views.Select(v => (v.Name, v.Keys)));
        Assert.Equal(Members("tables").Select(t => t.Key).Order(), status.Sinks.Where(s => s.Table is not null).Select(s => s.Table!.Table).Order());
    }

    [Fact]
    public async Task Tables_hold_every_expected_row_and_no_other()
    {
        foreach (var (name, node) in Members("tables"))
        {
            var expected = node!.AsObject();
            var columns = Texts(expected["columns"]!);
            var table = await LakeTable.ReadAsync(run.Data, name, columns!);
            Assert.Equal((name, (int)expected["rows"]!), (name, table.Rows.Count));
            foreach (var (column, values) in expected["values"]!.AsObject()) Assert.Equal((name, column, (int)values!), (name, column, table.Values(column)));
            foreach (var (column, sum) in expected["sums"]!.AsObject()) Assert.Equal((name, column, decimal.Parse((string)sum!, null)), (name, column, table.Sum(column)));
            var lines = table.Lines().ToHashSet(StringComparer.Ordinal);
            foreach (var some in expected["some"]!.AsArray()) Assert.Contains(LakeTable.Line([.. columns.Select(c => (string?)some![c!])]), lines);
            Assert.Equal((name, (string)expected["sha256"]!), (name, table.Sha256()));
        }
    }

    [Fact]
    public void Features_have_the_expected_values()
    {
        foreach (var item in run.Expected["features"]!.AsArray())
        {
            var (view, key) = ((string)item!["view"]!, (string)item["key"]!);
            var values = PipelineFolder.Read(run.Features, view, key);
            foreach (var (feature, expected) in item["values"]!.AsObject())
            {
                var value = values[feature];
                Assert.Equal((view, key, feature, (string?)expected), (view, key, feature, value.Status == FeatureStatus.Present ? value.ToString() : null));
            }
        }
    }

    private long Count(string member) => (long)run.Expected[member]!;

    private JsonObject Members(string member) => run.Expected[member]!.AsObject();

    private static string[] Texts(JsonNode array) => [.. array.AsArray().Select(v => (string)v!)];
}

/// <summary>The tests that the examples carry themselves.</summary>
public sealed class ExamplePipelineTests
{
    [Theory]
    [InlineData("clickstream")]
    [InlineData("conversions")]
    [InlineData("orders")]
    [InlineData("retail")]
    [InlineData("tiers")]
    public async Task Example_is_valid_and_passes_its_own_tests(string name)
    {
        await using var pipeline = await ExampleRun.LoadAsync(name);
        Assert.Empty(pipeline.Notices);
        Assert.Empty(PipelineTests.Faults(pipeline.Plan));
        Assert.NotEmpty(pipeline.Plan.Definition.Tests);
        foreach (var test in pipeline.Plan.Definition.Tests)
        {
            var outcome = await PipelineTests.RunAsync(pipeline.Plan, test);
            Assert.Equal((test.Name, ""), (test.Name, string.Join("; ", outcome.Failures.Select(f => f.Sentence))));
            Assert.Empty(outcome.DeadLetters);
        }
    }
}
