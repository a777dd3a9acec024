using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>The embedded host over the same events: what a cluster's answers are held to.</summary>
internal static class EmbeddedRun
{
    /// <summary>Runs a pipeline whose kafka sources become files with the given lines, and gives all features of all keys as <see cref="ClusterFixture.FeaturesAsync"/> does.</summary>
    /// <param name="pipeline">The cluster's pipeline file; each source is written as in <see cref="Clicks.Pipeline"/>.</param>
    /// <param name="source">Its only source.</param>
    public static Task<string[]> FeaturesAsync(string pipeline, string source, IEnumerable<string> lines, long? at = null)
    {
        var text = pipeline.Replace("type: kafka", "type: files", StringComparison.Ordinal)
            .Replace("connection: \"nowhere:9092\"", "path: events.jsonl", StringComparison.Ordinal)
            .Replace($"    topic: {source}\n", "", StringComparison.Ordinal);
        return RunAsync(text, lines, at);
    }

    /// <summary>Runs a pipeline over what its topics hold now.</summary>
    public static Task<string[]> FeaturesAsync(string pipeline, long? at = null) => RunAsync(pipeline, [], at);

    private static async Task<string[]> RunAsync(string pipeline, IEnumerable<string> lines, long? at)
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-embedded-").FullName;
        try
        {
            await File.WriteAllLinesAsync(Path.Combine(folder, "events.jsonl"), lines);
            var data = new DataDirectory(Path.Combine(folder, "data"));
            var file = new PipelineFileText("pipeline.yaml", folder, pipeline, ImmutableDictionary<string, string>.Empty);
            await using var loaded = await PipelineLoader.LoadAsync(file, new Dictionary<string, Schema>(StringComparer.Ordinal), TimeProvider.System, CancellationToken.None);
            foreach (var source in loaded.Sources) await source.PrepareAsync(CancellationToken.None);
            await using var engine = await PipelineEngine.OpenAsync(loaded, data, new EngineOptions(Bounded: true), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            await engine.RunAsync(CancellationToken.None);
            var keys = engine.Features.Views.SelectMany(v => engine.Features.SampleKeys(v, int.MaxValue).Keys.Select(k => (v, k)));
            return FeatureLines.Of(engine.Features, keys, at);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
