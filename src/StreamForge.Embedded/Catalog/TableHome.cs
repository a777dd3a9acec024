using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Embedded.Catalog;

/// <summary>Where the tables are that pipelines name.</summary>
/// <param name="Data">The data directory, whose warehouse it is where nothing else is said.</param>
/// <param name="Named">The location that the command line names before all others, such as <c>file:///lake</c>; or null.</param>
public sealed record TableHome(DataDirectory Data, string? Named = null)
{
    /// <summary>The location of a pipeline's warehouse.</summary>
    public string Of(PipelineDefinition pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return Named ?? LocalPath.ToLocation(pipeline.Warehouse ?? Data.Warehouse);
    }
}
