using System.Collections.Immutable;
using StreamForge.Connectors.Clickstream;
using StreamForge.Connectors.Files;
using StreamForge.Connectors.Files.Tables;
using StreamForge.Connectors.Kafka;
using StreamForge.Connectors.Tables;
using StreamForge.Core;
using StreamForge.Embedded.Replays;
using StreamForge.Embedded.Storage;
using StreamForge.Formats.Debezium;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Sql.Lookups;

namespace StreamForge.Embedded.Catalog;

/// <summary>A pipeline file read, its sources opened and its plan made. Owns the sources until disposed.</summary>
public sealed record LoadedPipeline(PipelineFileText File, PipelinePlan Plan, ImmutableArray<ISource> Sources, ImmutableArray<Fault> Notices) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        foreach (var source in Sources) await source.DisposeAsync();
    }
}

/// <summary>A pipeline file as it was found.</summary>
/// <param name="Path">As the user named it.</param>
/// <param name="BaseDirectory">Absolute; relative paths in the file start here.</param>
/// <param name="Variables">The values of the variables that the file mentions.</param>
public sealed record PipelineFileText(string Path, string BaseDirectory, string Text, ImmutableDictionary<string, string> Variables)
{
    /// <summary>Reads a file and the variables it mentions.</summary>
    /// <exception cref="StreamForgeException">NotFound or PermissionDenied.</exception>
    public static PipelineFileText Read(string path, Func<string, string?> environment)
    {
        string text;
        try
        {
            text = System.IO.File.ReadAllText(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StreamForgeException(ErrorKind.NotFound, $"there is no pipeline file {path}", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StreamForgeException(ErrorKind.PermissionDenied, $"cannot read the pipeline file {path}: {error.Message}", inner: error);
        }
        var file = new PipelineFileText(path, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, text, ImmutableDictionary<string, string>.Empty);
        var names = PipelineFile.Parse(text, path, file.BaseDirectory, environment).Variables;
        return file with { Variables = names.Where(n => environment(n) is not null).ToImmutableDictionary(n => n, n => environment(n)!, StringComparer.Ordinal) };
    }

    public LoadResult Parse() => PipelineFile.Parse(Text, Path, BaseDirectory, Variables.GetValueOrDefault);
}

/// <summary>Loads pipeline files: every fault of the file, its SQL and its sources is found before anything starts.</summary>
public static class PipelineLoader
{
    /// <param name="file">The file.</param>
    /// <param name="knownSchemas">
    /// Schemas that were inferred when the pipeline first ran, by source; they are kept, so that a growing file does not change its own types.
    /// </param>
    /// <param name="tables">Where the tables are that sources name; null when there are none.</param>
    /// <param name="warn">Told by sources, in one sentence each and on any thread, what people should know while the pipeline runs; null for nobody.</param>
    /// <param name="adjust">Changes what the file says of a source before it is opened; null for nothing.</param>
    /// <exception cref="InvalidDefinitionException">With all faults.</exception>
    public static async Task<LoadedPipeline> LoadAsync(
        PipelineFileText file, IReadOnlyDictionary<string, Schema> knownSchemas, TimeProvider clock, CancellationToken cancellation, TableHome? tables = null, Action<string>? warn = null,
        Func<SourceDefinition, SourceDefinition>? adjust = null)
    {
        var loaded = file.Parse();
        var faults = loaded.Faults.ToList();
        if (loaded.Definition is not { } definition) throw new InvalidDefinitionException([.. faults]);
        if (adjust is not null) definition = definition with { Sources = [.. definition.Sources.Select(adjust)] };
        var sources = new List<ISource>();
        try
        {
            var schemas = new Dictionary<string, Schema>(StringComparer.Ordinal);
            foreach (var source in definition.Sources)
            {
                if (loaded.Broken.Contains(source.Name)) continue;
                if (source.Options is UnreadableSourceOptions)
                {
                    // Its faults are known; with its columns declared, what reads it can still be judged.
                    if (source.Schema is { } columns) schemas[source.Name] = new Schema(columns.Select(f => new Field(f.Name, f.Type)));
                    continue;
                }
                try
                {
                    var opened = await OpenAsync(source, knownSchemas.GetValueOrDefault(source.Name), tables?.Of(definition), clock, warn, cancellation);
                    if (tables is not null) opened = await WithReplaysAsync(definition.Name, source, opened, tables.Data, clock, cancellation);
                    sources.Add(opened);
                    schemas[source.Name] = opened.Schema;
                }
                catch (InvalidDefinitionException error)
                {
                    faults.AddRange(error.Faults);
                }
                catch (StreamForgeException error)
                {
                    faults.Add(source.Location.Fault(error.Message));
                }
            }
            var lookups = new Dictionary<LookupReference, LookupTable>();
            foreach (var transformation in definition.Transformations)
            {
                foreach (var lookup in transformation.Lookups)
                {
                    try
                    {
                        lookups[new LookupReference(transformation.Name, lookup.Name)] = await LookupFile.LoadAsync(lookup, cancellation);
                    }
                    catch (InvalidDefinitionException error)
                    {
                        faults.AddRange(error.Faults);
                    }
                    catch (StreamForgeException error)
                    {
                        faults.Add(lookup.PathLocation.Fault(error.Message));
                    }
                }
            }
            var planned = Planner.Plan(definition, schemas, loaded.Broken, lookups);
            faults.AddRange(planned.Faults);
            if (faults.Count > 0) throw new InvalidDefinitionException([.. faults.Distinct().OrderBy(f => f.Line).ThenBy(f => f.Column)]);
            return new LoadedPipeline(file, planned.Plan!, [.. sources], loaded.Notices);
        }
        catch
        {
            foreach (var source in sources) await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds the log of events that are taken in once more, where there is one.</summary>
    private static async Task<ISource> WithReplaysAsync(string pipeline, SourceDefinition definition, ISource source, DataDirectory data, TimeProvider clock, CancellationToken cancellation)
    {
        var format = definition.Options switch { FilesSourceOptions files => files.Format, KafkaSourceOptions kafka => kafka.Format, _ => null };
        if (definition.Changelog is not null || format is not ("csv" or "json")) return source;
        var log = new ReplayLog(data, pipeline, definition.Name, format);
        if (!log.Exists) return source;
        var declared = definition.Schema ?? [.. source.Schema.Fields.Select(f => new SchemaField(f.Name, f.Type, 0, definition.Location))];
        return new ReplayedSource(source, await FilesSource.OpenAsync(definition.Name, new FilesSourceOptions(log.Glob, format), declared, definition.EventTime, definition.TimeZone, cancellation, clock));
    }

    /// <summary>What an earlier run found holds the time of the changes themselves, too, which is no column of their rows.</summary>
    private static bool IsOfTheEvent(SourceDefinition source, Field field) => source.Changelog is not null && field.Name == DebeziumDecoder.EventTimeColumn;

    private static async Task<ISource> OpenAsync(SourceDefinition source, Schema? known, string? warehouse, TimeProvider clock, Action<string>? warn, CancellationToken cancellation)
    {
        var declared = source.Schema ?? known?.Fields.Where(f => !IsOfTheEvent(source, f)).Select(f => new SchemaField(f.Name, f.Type, 0, source.Location)).ToImmutableArray();
        return source.Options switch
        {
            FilesSourceOptions { Format: "avro" or "parquet" } tables => await TableFilesSource.OpenAsync(source.Name, tables, declared, cancellation, clock),
            FilesSourceOptions files => await FilesSource.OpenAsync(source.Name, files, declared, source.EventTime, source.TimeZone, cancellation, clock, warn, source.Changelog),
            KafkaSourceOptions kafka => await KafkaSource.OpenAsync(source.Name, kafka, source.Schema, known, source.EventTime?.Value, source.TimeZone, clock, cancellation, warn, source.Changelog),
            IcebergSourceOptions table => await TableSource.OpenAsync(source.Name, table, warehouse, declared, source.EventTime?.Value, clock, cancellation),
            ClickstreamSourceOptions clickstream => new ClickstreamSource(source.Name, clickstream, clock),
            _ => throw new StreamForgeException(ErrorKind.NotSupported, $"the source {source.Name} is of a type that is not supported yet"),
        };
    }
}
