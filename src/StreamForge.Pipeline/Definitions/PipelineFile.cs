using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Reading;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions;

/// <summary>What came of reading a pipeline file.</summary>
/// <param name="Definition">
/// What could be read, or null when nothing could. With faults it may lack entries, hold inputs that name nothing, an empty input, a cycle of
/// transformations or <see cref="UnreadableSourceOptions"/>: everything concerned is in <paramref name="Broken"/>, except a source whose columns are known all the same.
/// Names are unique in any case.
/// </param>
/// <param name="Faults">Everything that is wrong, in the file's order; a pipeline runs only when this is empty.</param>
/// <param name="Broken">Sources, transformations and views that references cannot be resolved through, directly or by their inputs; judging what reads them would only repeat faults.</param>
public sealed record LoadResult(PipelineDefinition? Definition, ImmutableArray<Fault> Faults, ImmutableHashSet<string> Broken)
{
    /// <summary>What is accepted but worth knowing; the pipeline runs.</summary>
    public ImmutableArray<Fault> Notices { get; init; } = [];

    /// <summary>The file's text as it was written, with variables left as <c>${NAME}</c>: what may be kept or shown without showing secrets.</summary>
    public string Redacted { get; init; } = "";

    /// <summary>The names of the variables that the file mentions, each once.</summary>
    public ImmutableArray<string> Variables { get; init; } = [];
}

/// <summary>
/// Reads pipeline files. Reading has three steps, each over all that the one before left whole, so that one run finds every fault:
/// the YAML text becomes a tree whose nodes know their places, with variables filled in (<c>Yaml/</c>); one reader per section turns the tree
/// into the records of <see cref="PipelineDefinition"/> and reports unknown and missing fields and values out of range (<c>Reading/</c>);
/// names are held against each other (<c>References</c>). What SQL texts, columns and services mean is the planner's to judge, with schemas at hand.
/// </summary>
public static class PipelineFile
{
    /// <summary>Reads a pipeline file's text. Pure: no I/O, and no environment but <paramref name="variables"/> (and the system's time zone names). Threads need no care.</summary>
    /// <param name="fileName">How faults name the file.</param>
    /// <param name="baseDirectory">The folder that relative paths start from; absolute.</param>
    /// <param name="variables">The value of a variable, or null where it is not set.</param>
    public static LoadResult Parse(string text, string fileName, string baseDirectory, Func<string, string?> variables)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(fileName);
        ArgumentNullException.ThrowIfNull(variables);
        var faults = new FaultLog();
        if (fileName.EndsWith(".sql", StringComparison.OrdinalIgnoreCase))
        {
            faults.Add(new SourceLocation(fileName, 1, 1), "a Flink SQL job file is not supported yet; write the pipeline as YAML");
            return new LoadResult(null, faults.Faults, []) { Redacted = text };
        }
        var filled = new Variables(variables);
        var context = new ReadContext(faults, baseDirectory);
        var tree = YamlComposer.Compose(text.StartsWith('\uFEFF') ? text[1..] : text, fileName, filled, faults);
        var definition = tree is null or YamlScalar { IsNull: true } ? null : Read(tree, context);
        return new LoadResult(definition, faults.Faults, [.. context.Broken]) { Notices = faults.Notices, Redacted = text, Variables = filled.Used };
    }

    private static PipelineDefinition? Read(YamlNode tree, ReadContext context)
    {
        if (Section.Of(tree, tree.Location, "pipeline", context.Faults) is not { } root) return null;
        root.Text("apiVersion");
        root.Choice("kind", "kind", root.Find("kind"), ["Pipeline", "DataPipeline"]);
        var metadata = Metadata.Read(root, context);
        var warehouse = StorageReader.Read(root, context);
        var sources = root.Require("sources", "sources: {orders: {type: files, path: orders.csv, format: csv}}");
        if (sources is YamlMapping { Entries.IsEmpty: true }) context.Faults.Add(sources.Location, "'sources' must hold at least one");
        var pipeline = new PipelineDefinition(
            metadata.Name, metadata.Version, metadata.Owner, metadata.Description, tree.Location,
            [.. root.Entries("sources", sources).Select(e => SourceReader.Read(e, context)).OfType<SourceDefinition>()],
            List("transformations", TransformationReader.Read),
            List("features", ViewReader.Read),
            List("services", ServiceReader.Read),
            [.. root.Entries("sinks", root.Find("sinks")).Select(e => SinkReader.Read(e, context)).OfType<SinkDefinition>()],
            List("tests", TestReader.Read),
            OrchestrationReader.Read(root))
        { Warehouse = warehouse };
        root.Close();
        new References(pipeline, context).Check();
        if (pipeline.Views.IsEmpty && pipeline.Sinks.IsEmpty && context.Faults.Count == 0)
            context.Faults.Notice(tree.Location, "the pipeline has neither 'features' nor 'sinks', so running it keeps nothing");
        return pipeline;

        ImmutableArray<T> List<T>(string field, Func<YamlNode, ReadContext, T?> read) where T : class =>
            [.. root.Items(field, root.Find(field)).Select(item => read(item, context)).OfType<T>()];
    }
}
