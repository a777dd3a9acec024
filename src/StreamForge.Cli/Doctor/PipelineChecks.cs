using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Doctor;

/// <summary>What a pipeline file needs: its variables, its sources' data, its sinks' targets.</summary>
internal static class PipelineChecks
{
    public static async Task<List<Finding>> RunAsync(string path, DataDirectory data, Shell shell)
    {
        var findings = new List<Finding>();
        try
        {
            findings.Add(Variables(PipelineFileText.Read(path, Shell.Environment)));
            await using var loaded = await PipelineFiles.LoadAsync(path, null, new TableHome(data), shell.Clock, shell.Interrupted);
            var definition = loaded.Plan.Definition;
            findings.Add(new Finding("definition", Health.Ok, $"{path}: {definition.Views.Length} views, {definition.Sinks.Length} sinks"));
            foreach (var source in definition.Sources) findings.Add(await SourceAsync(source, loaded.Sources.First(s => s.Name == source.Name), shell.Interrupted));
            foreach (var sink in definition.Sinks)
            {
                findings.Add(sink.Options switch
                {
                    FilesSinkOptions files => StorageChecks.Writable($"sink {sink.Name}", files.Path),
                    IcebergSinkOptions => StorageChecks.Writable($"sink {sink.Name}", definition.Warehouse ?? Path.Combine(data.Path, "warehouse")),
                    _ => new Finding($"sink {sink.Name}", Health.Ok, sink.Options.Target),
                });
            }
        }
        catch (InvalidDefinitionException invalid)
        {
            foreach (var fault in invalid.Faults) findings.Add(new Finding("definition", Health.Missing, fault.ToString(), $"mend the file; ./streamforge validate {Hints.Quoted(path)} checks it"));
        }
        catch (StreamForgeException error)
        {
            findings.Add(new Finding("definition", Health.Missing, error.Message, "name a pipeline file that is there and readable"));
        }
        return findings;
    }

    private static Finding Variables(PipelineFileText file)
    {
        var used = PipelineFile.Parse(file.Text, file.Path, file.BaseDirectory, Shell.Environment).Variables;
        var unset = used.Where(v => string.IsNullOrEmpty(Shell.Environment(v))).ToArray();
        if (used.IsEmpty) return new Finding("variables", Health.Ok, "the file uses none");
        return new Finding("variables", Health.Ok, unset.Length == 0
            ? $"set: {string.Join(", ", used)}"
            : $"{used.Length - unset.Length} of {used.Length} are set; not set: {string.Join(", ", unset)} (a default stands in, or a line below says what is missing)");
    }

    /// <summary>Whether a pipeline file has a source of type kafka, as far as it can be read.</summary>
    public static bool ReadsKafka(string path)
    {
        try
        {
            return PipelineFileText.Read(path, Shell.Environment).Parse().Definition?.Sources.Any(s => s.Options is KafkaSourceOptions) == true;
        }
        catch (StreamForgeException)
        {
            return false;
        }
    }

    private static async Task<Finding> SourceAsync(SourceDefinition definition, ISource source, CancellationToken cancellation)
    {
        var name = $"source {definition.Name}";
        try
        {
            await source.PrepareAsync(cancellation);
            return new Finding(name, Health.Ok, definition.Options is KafkaSourceOptions kafka
                ? $"Kafka at {kafka.Connection} answers, and the topic {kafka.Topic} has {source.Partitions.Count} partition{(source.Partitions.Count == 1 ? "" : "s")}"
                : Describe(definition.Options));
        }
        catch (StreamForgeException error)
        {
            return new Finding(name, Health.Missing, error.Message);
        }
    }

    private static string Describe(SourceOptions options) => options switch
    {
        FilesSourceOptions files => $"files {files.Path} are there and readable",
        IcebergSourceOptions table => $"table {table.Table ?? table.Path} is there and its metadata readable",
        ClickstreamSourceOptions => "built in",
        _ => "opened",
    };
}
