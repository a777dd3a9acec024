using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Plans;

/// <summary>Pipeline files over one source <c>s</c> of known columns, planned without any I/O.</summary>
internal static class PlanCase
{
    public static readonly Schema Columns = new(
    [
        new("t", DataType.TimestampTz), new("user", DataType.BigInt), new("country", DataType.String), new("quantity", DataType.Int),
        new("price", DataType.Double), new("amount", DataType.Decimal(10, 3)), new("shipped", DataType.Timestamp), new("gift", DataType.Boolean), new("note", DataType.String),
    ]);

    public const string Head = """
        metadata: {name: p}
        sources:
          s: {type: files, path: none.json, format: json, event_time: t}

        """;

    public static PlanResult Result(string text, Schema? columns = null)
    {
        var loaded = PipelineFile.Parse(text, "p.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        return Planner.Plan(loaded.Definition!, new Dictionary<string, Schema> { ["s"] = columns ?? Columns }, loaded.Broken);
    }

    public static PipelinePlan Plan(string addition, Schema? columns = null)
    {
        var result = Result(Head + addition, columns);
        Assert.Empty(result.Faults);
        return result.Plan!;
    }

    /// <summary>The faults of an addition to <see cref="Head"/>, each as <c>line:column: sentence</c>; lines count from the addition's first.</summary>
    public static string[] Faults(string addition)
    {
        var head = Head.Count(c => c == '\n');
        var result = Result(Head + addition);
        Assert.Equal(result.Faults.IsEmpty, result.Plan is not null);
        return [.. result.Faults.Select(f => $"{f.Line - head}:{f.Column}: {f.Sentence}")];
    }

    public static string[] Names(this Schema schema) => [.. schema.Fields.Select(f => f.Name)];
}
