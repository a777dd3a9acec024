using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Running;

/// <summary>Loads the pipeline files that a command line names.</summary>
internal static class PipelineFiles
{
    /// <summary>Loads one file; the caller owns what it opened.</summary>
    /// <param name="data">Where the schemas of an earlier run are kept; null to take the sources as they are today.</param>
    /// <param name="tables">Where the tables are that sources name.</param>
    /// <param name="warn">Told by sources what people should know while the pipeline runs.</param>
    /// <exception cref="InvalidDefinitionException">With every fault.</exception>
    public static async Task<LoadedPipeline> LoadAsync(string path, DataDirectory? data, TableHome tables, TimeProvider clock, CancellationToken cancellation, Action<string>? warn = null)
    {
        var file = Read(path);
        var known = data is not null && file.Parse().Definition is { } definition ? CatalogEntry.Find(data, definition.Name)?.ReadSchemas() : null;
        return await PipelineLoader.LoadAsync(file, known ?? [], clock, cancellation, tables, warn);
    }

    /// <summary>Reads a file's text, without looking at what it says.</summary>
    /// <exception cref="InvalidDefinitionException">It cannot be read.</exception>
    public static PipelineFileText Read(string path)
    {
        try
        {
            return PipelineFileText.Read(path, Shell.Environment);
        }
        catch (StreamForgeException error)
        {
            throw new InvalidDefinitionException([new Fault(path, 0, 0, error.Kind == ErrorKind.NotFound ? "there is no such pipeline file" : error.Message)]);
        }
    }

    /// <summary>Loads files that are to run side by side: what lookups tell apart by name must be unique over all of them.</summary>
    /// <exception cref="InvalidDefinitionException">With every fault of every file.</exception>
    public static Task<List<LoadedPipeline>> LoadAllAsync(IReadOnlyList<string> paths, TableHome tables, Shell shell) =>
        LoadAllAsync(paths, path => LoadAsync(path, tables.Data, tables, shell.Clock, shell.Interrupted, shell.Errors.Line));

    /// <param name="load">Loads one file.</param>
    public static async Task<List<LoadedPipeline>> LoadAllAsync(IReadOnlyList<string> paths, Func<string, Task<LoadedPipeline>> load)
    {
        var loaded = new List<LoadedPipeline>();
        var faults = new List<Fault>();
        try
        {
            foreach (var path in paths)
            {
                try
                {
                    loaded.Add(await load(path));
                }
                catch (InvalidDefinitionException error)
                {
                    faults.AddRange(error.Faults);
                }
            }
            faults.AddRange(Clashes(loaded));
            if (faults.Count > 0) throw new InvalidDefinitionException([.. faults]);
        }
        catch
        {
            foreach (var pipeline in loaded) await pipeline.DisposeAsync();
            throw;
        }
        return loaded;
    }

    private static IEnumerable<Fault> Clashes(IEnumerable<LoadedPipeline> pipelines)
    {
        var first = new Dictionary<(string Kind, string Name), SourceLocation>();
        foreach (var definition in pipelines.Select(p => p.Plan.Definition))
        {
            var names = definition.Views.Select(v => ("view", v.Name, v.Location))
                .Concat(definition.Services.Select(s => ("service", s.Name, s.Location)))
                .Prepend(("pipeline", definition.Name, definition.Location));
            foreach (var (kind, name, location) in names)
            {
                if (!first.TryAdd((kind, name), location))
                    yield return location.Fault($"the {kind} '{name}' is in {first[(kind, name)].File} too; files that run together need different names");
            }
        }
    }
}
