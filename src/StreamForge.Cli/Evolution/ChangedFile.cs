using StreamForge.Cli.Running;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Cli.Evolution;

/// <summary>A pipeline file beside the state that a data directory has of its pipeline. Owns what the file's sources opened.</summary>
/// <param name="Live">null where there is no state yet.</param>
internal sealed record ChangedFile(LoadedPipeline Pipeline, LiveDefinition? Live) : IAsyncDisposable
{
    public static async Task<ChangedFile> LoadAsync(Shell shell, string path, DataDirectory data, TableHome tables)
    {
        var pipeline = await PipelineFiles.LoadAsync(path, data, tables, shell.Clock, shell.Interrupted);
        try
        {
            foreach (var notice in pipeline.Notices) shell.Errors.Line($"{notice} (notice)");
            return new ChangedFile(pipeline, LiveDefinition.Find(data, pipeline.Plan.Name));
        }
        catch
        {
            await pipeline.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the file does to the state; where there is none, everything in it is new.</summary>
    public DefinitionChange Compare(ChangeRequest request) => Live?.Compare(Pipeline.Plan, request)
        ?? DefinitionComparison.Compare(Pipeline.Plan, Pipeline.Plan, new LiveState(0, EventTime.MinValue, [], [], []), request);

    public ValueTask DisposeAsync() => Pipeline.DisposeAsync();
}
