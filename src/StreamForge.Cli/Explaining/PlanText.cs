using StreamForge.Cli.Output;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Explaining;

/// <summary>A plan for people.</summary>
internal static class PlanText
{
    public static void Write(Shell shell, PipelinePlan plan)
    {
        var output = shell.Output;
        output.WriteLine($"pipeline {plan.Name} {plan.Definition.Version}");
        foreach (var source in plan.Sources)
        {
            output.WriteLine();
            WriteSource(output, source);
            foreach (var transformation in source.Transformations) WriteTransformation(output, source, transformation);
        }
        foreach (var view in plan.Views) WriteView(shell, view);
        foreach (var service in plan.Services)
        {
            output.WriteLine();
            output.WriteLine($"service {service.Name}: {service.Features.Length} features of {string.Join(", ", service.Features.Select(f => f[..f.IndexOf(':', StringComparison.Ordinal)]).Distinct())}");
        }
        foreach (var sink in plan.Sinks) WriteSink(output, plan, sink);
    }

    private static void WriteSource(TextWriter output, SourcePlan source)
    {
        var definition = source.Definition;
        var watermark = definition.Watermark;
        output.WriteLine($"source {source.Name}: {PlanWords.Describe(definition.Options)}");
        output.WriteLine($"  read      {source.Columns}");
        var unread = source.Schema.Fields.Where(f => !source.Columns.Contains(f.Name)).Select(f => f.Name).ToArray();
        if (unread.Length > 0) output.WriteLine($"  not read  {string.Join(", ", unread)}");
        output.WriteLine($"  time      {source.Columns[source.EventTimeColumn].Name}, out of orderness {Duration.Format(watermark.OutOfOrderness)}, allowed lateness {Duration.Format(watermark.AllowedLateness)}, idle after {Duration.Format(watermark.IdleTimeout)}, at most {Duration.Format(watermark.MaxFuture)} in the future");
        if (definition.Changelog is { } changelog) output.WriteLine($"  changes   {PlanWords.Describe(changelog)}");
        if (definition.Changelog is { Before: BeforeImages.Stored }) output.WriteLine($"  images    {PlanWords.Describe(ImageSize.Of(source.Columns))}");
        output.WriteLine($"  on error  {(definition.OnError == OnError.Fail ? "fail" : "dead letter")}");
    }

    private static void WriteTransformation(TextWriter output, SourcePlan source, TransformationPlan transformation)
    {
        output.WriteLine();
        output.WriteLine($"transformation {transformation.Name}: reads {transformation.Definition.Input}");
        output.WriteLine($"  columns   {transformation.FullOutput}");
        foreach (var lookup in transformation.Lookups.Select(l => l.Description))
        {
            output.WriteLine($"  lookup    {lookup.Name}: {lookup.File}, {lookup.Rows:N0} rows, {lookup.Bytes:N0} bytes, key {string.Join(", ", lookup.Key)}, SHA-256 {lookup.Hash}");
            output.WriteLine($"            {lookup.Schema}");
        }
        var computed = transformation.Query.Output.Fields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var unneeded = transformation.FullOutput.Fields.Select(f => f.Name).Where(n => !computed.Contains(n)).ToArray();
        if (unneeded.Length > 0) output.WriteLine($"  not computed, as nothing reads them: {string.Join(", ", unneeded)}");
        foreach (var expectation in transformation.Expectations.Select(e => e.Definition))
            output.WriteLine($"  {(expectation.Must ? "must" : "should")}      {expectation.Condition}{(expectation.Must ? "" : $" (within {expectation.Within:P0})")}");
    }

    private static void WriteSink(TextWriter output, PipelinePlan plan, SinkPlan sink)
    {
        var input = sink.View >= 0 ? $"the closed windows of {sink.Definition.Input}" : sink.Definition.Input.ToString();
        output.WriteLine();
        if (sink.Definition.Options is not IcebergSinkOptions table)
        {
            output.WriteLine($"sink {sink.Name}: {sink.Definition.Options.Type}, takes {input}, writes to {sink.Definition.Options.Target}");
            output.WriteLine($"  columns   {sink.Schema}");
            return;
        }
        output.WriteLine($"sink {sink.Name}: iceberg, takes {input}, appends to the table {table.Name}");
        output.WriteLine($"  in        {plan.Definition.Warehouse ?? "the folder warehouse of the data directory, or where --warehouse says"}");
        output.WriteLine($"  columns   {TableColumns.Of(sink.Schema)}");
        output.WriteLine($"  files     {table.FileFormat}, partitioned by {(sink.PartitionBy.IsEmpty ? "nothing" : string.Join(", ", sink.PartitionBy))}");
        output.WriteLine($"  commits   {(table.CommitInterval is { } interval ? $"at the checkpoint nearest to every {Duration.Format(interval)}, and at the end" : "at every checkpoint")}");
    }

    private static void WriteView(Shell shell, ViewPlan view)
    {
        var output = shell.Output;
        var facts = ViewFacts.Of(view);
        var definition = view.Definition;
        output.WriteLine();
        output.WriteLine($"view {view.Name}: reads {definition.Input}");
        output.WriteLine($"  key       {string.Join(", ", view.Description.Entity.Select(e => $"{e.Name} {e.Type}"))}");
        output.WriteLine($"  time      {view.EventTime ?? "the source's"}, now by the {view.Clock.ToString().ToLowerInvariant()} clock{(definition.Ttl is { } ttl ? $", ttl {Duration.Format(ttl)}" : "")}{(definition.Freshness is { } freshness ? $", freshness target {Duration.Format(freshness)}" : "")}");
        output.WriteLine($"  state     {view.Layout.Slots.Length} accumulators a tile, {facts.TileBytes} bytes a tile, about {facts.LeastKeyBytes:N0} to {facts.MostKeyBytes:N0} bytes a key{(view.Layout.HasHeap ? " and what its distinct values and texts take" : "")}{(definition.Exact ? $", and {facts.TileBytes} bytes for each moment that has events" : "")}");
        Tables.Write(shell, ["  window", "kind", "resolution", "tiles at most", "tiles kept for"], view.Layout.Windows.Select(w => Row(view, w)));
        Tables.Write(shell, ["  feature", "type", "function", "window"], view.Description.Features.Select(f => (IReadOnlyList<string>)
            ["  " + f.Name, f.Type.ToString(), f.Function, f.Window < 0 ? "" : view.Description.Windows[f.Window].Name]));
        foreach (var error in view.Description.Features.Where(f => f.Error is not null).GroupBy(f => f.Error))
            output.WriteLine($"  error     {error.Key}: {string.Join(", ", error.Select(f => f.Name))}");
    }

    private static string[] Row(ViewPlan view, WindowPlan window)
    {
        var kind = window.Shape.ToString().ToLowerInvariant();
        if (window.Shape == WindowShape.Lifetime || window.Series < 0) return ["  " + window.Name, kind, "", "", ""];
        var series = view.Layout.Series[window.Series];
        return ["  " + window.Name, kind, Duration.Format(series.Resolution), $"{ViewFacts.Tiles(series):N0}", Duration.Format(series.Retention)];
    }
}
