using StreamForge.Core;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Who the pipeline is: <c>metadata</c>.</summary>
internal sealed record Metadata(string Name, string Version, string? Owner, string? Description)
{
    public static Metadata Read(Section root, ReadContext context)
    {
        var nothing = new Metadata("", "1.0.0", null, null);
        if (root.Require("metadata", "metadata: {name: retail}") is not { } node) return nothing;
        if (Section.Of(node, root.Key("metadata")!.Location, "metadata", context.Faults) is not { } section) return nothing;
        var name = section.RequireText("name", "name: retail");
        if (name is not null) context.CheckName("pipeline", name);
        foreach (var (key, value) in section.Entries("labels", section.Find("labels"))) section.Scalar(key.Value, value);
        foreach (var tag in section.Items("tags", section.Find("tags"))) section.Scalar("tags", tag);
        var metadata = new Metadata(name?.Value ?? "", section.Text("version")?.Value ?? nothing.Version, section.Text("owner")?.Value, section.Text("description")?.Value);
        section.Close();
        return metadata;
    }
}

/// <summary>Where tables are kept and found: <c>storage</c> and <c>catalog</c>.</summary>
internal static class StorageReader
{
    /// <returns>The warehouse's folder, or null for the one in the data directory.</returns>
    public static string? Read(Section root, ReadContext context)
    {
        if (root.Child("catalog") is { } catalog)
        {
            catalog.Choice("type", "catalog type", catalog.Require("type", "type: rest, or leave 'catalog' out for the built-in one"), [], "rest");
            catalog.PassOver("uri");
            catalog.Close();
        }
        if (root.Child("storage") is not { } section) return null;
        var warehouse = section.Text("warehouse") is { } text ? context.Resolve(text) : null;
        section.Flag("path_style");
        section.NotYet("object storage, and with it 'endpoint',", "endpoint");
        section.NotYet("object storage, and with it 'path_style',", "path_style");
        section.Close();
        return warehouse;
    }
}

/// <summary>How the pipeline is run: <c>orchestration</c>.</summary>
internal static class OrchestrationReader
{
    public static OrchestrationDefinition Read(Section root)
    {
        var standard = OrchestrationDefinition.Default;
        if (root.Child("orchestration") is not { } section) return standard;
        var engineNode = section.Find("engine");
        var engine = section.Choice("engine", "engine", engineNode, ["auto", "embedded", "flink"], "cluster") ?? standard.Engine;
        if (engine == "flink") section.Faults.Notice(engineNode!.Location, "engine: flink is read as auto; the program that runs the file decides");
        section.NotYet("a schedule", "schedule");
        var result = new OrchestrationDefinition(
            engine,
            section.Duration("checkpoint_interval") ?? standard.CheckpointInterval,
            (int?)section.Integer("parallelism", 1, KeyGroup.Count),
            section.Duration("idle_timeout") ?? standard.IdleTimeout,
            (int)(section.Integer("max_records", 1, int.MaxValue) ?? standard.MaxRecords));
        section.Close();
        return result;
    }
}
