using System.Text;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>An oracle's view as a pipeline file.</summary>
internal static class CasePipeline
{
    /// <summary>The columns of a case's rows; <c>id</c> is the primary key of a changelog.</summary>
    public static Schema Columns { get; } = new(
    [
        new("t", DataType.TimestampTz), new("k", DataType.String), new("quantity", DataType.BigInt), new("amount", DataType.Decimal(38, RandomEvents.AmountScale)),
        new("score", DataType.Double), new("item", DataType.String), new("id", DataType.String),
    ]);

    /// <param name="emits">A sink takes the view's closed windows.</param>
    public static string Text(OracleView view, bool emits, string path = "none.json")
    {
        var isChangelog = path != "none.json" && view.Source != OracleSource.Append;
        var text = new StringBuilder($$"""
            metadata: {name: case}
            sources:
              s:
                type: files
                path: {{path}}
                format: {{(isChangelog ? "debezium-json" : "json")}}
                schema: [{{string.Join(", ", Columns.Fields.Select(f => $"{{name: {f.Name}, type: \"{f.Type}\"}}"))}}]
                event_time: t
                {{(isChangelog ? $"key: [id]\n    before: {view.Source.Word()}" : "")}}
                watermark: {out_of_orderness: {{view.OutOfOrderness}}us, allowed_lateness: {{view.AllowedLateness}}us, max_future: 3652059d}

            """);
        var isTransformed = view.Filter is not null || view.Must is not null;
        if (isTransformed)
        {
            text.Append("transformations:\n  - name: f\n    type: sql_transform\n    input: s\n    sql: \"SELECT * FROM {{ input }}");
            if (view.Filter is { } filter) text.Append(" WHERE ").Append(filter.Sql);
            text.Append("\"\n");
            if (view.Must is { } must) text.Append("    expect: [{must: \"").Append(must.Sql).Append("\"}]\n");
        }
        text.Append($$"""
            features:
              - view: v
                input: {{(isTransformed ? "f" : "s")}}
                entity: [k]
                windows: [{{string.Join(", ", view.Windows.Select(w => w.Written))}}]
                {{(view.Resolution is { } r ? $"resolution: {r}us" : "")}}
                {{(view.Exact ? "exact: true" : "")}}
                aggregates:

            """);
        foreach (var aggregate in view.Aggregates) text.Append("      - {").Append(aggregate.Written).Append("}\n");
        if (emits) text.Append("sinks:\n  closed: {type: files, input: v, path: out}\n");
        return text.ToString();
    }

    public static PipelinePlan Plan(OracleView view, bool emits)
    {
        var loaded = PipelineFile.Parse(Text(view, emits), "case.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        var definition = loaded.Definition!;
        if (view.Source != OracleSource.Append)
        {
            var changelog = new ChangelogDefinition([], view.Source == OracleSource.Full ? BeforeImages.Full : BeforeImages.Stored);
            definition = definition with { Sources = [definition.Sources[0] with { Changelog = changelog }] };
        }
        var planned = Planner.Plan(definition, new Dictionary<string, Schema> { ["s"] = Columns }, loaded.Broken);
        Assert.Empty(planned.Faults);
        return planned.Plan!;
    }
}
