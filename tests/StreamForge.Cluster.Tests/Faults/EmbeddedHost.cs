using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>The embedded host over the same topics: what a cluster is held to.</summary>
internal static class EmbeddedHost
{
    /// <summary>What everything that the topics hold at present comes to.</summary>
    /// <param name="keys">By view, the keys to be answered for.</param>
    public static async Task<Answer> RunAsync(string pipeline, Func<string, MemoryTopic> topic, IReadOnlyDictionary<string, byte[][]> keys)
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-embedded-").FullName;
        try
        {
            var data = new DataDirectory(folder);
            var file = new PipelineFileText("pipeline.yaml", folder, pipeline, ImmutableDictionary<string, string>.Empty);
            var loaded = await PipelineLoader.LoadAsync(file, new Dictionary<string, Schema>(StringComparer.Ordinal), TimeProvider.System, CancellationToken.None);
            await using var read = loaded with { Sources = [.. loaded.Sources.Select(s => new TopicSource((KafkaSource)s, topic(s.Name)))] };
            var plan = read.Plan;
            await using var engine = await PipelineEngine.OpenAsync(read, data, new EngineOptions(Bounded: true), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            await engine.RunAsync(CancellationToken.None);
            return new Answer(
                Answer.Read(engine.Features, engine.Features.Views.SelectMany(v => keys[v.Name].Select(k => (v, k)))),
                engine.Features.Views.ToDictionary(v => v.Name, v => engine.Features.SampleKeys(v, 1).Total, StringComparer.Ordinal),
                await Answer.ReadTablesAsync(plan, LocalPath.ToLocation(data.Warehouse)), await LinesAsync(data.DeadLetters(plan.Name)), await LinesAsync(data.Late(plan.Name)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string[]> LinesAsync(string file) => File.Exists(file) ? [.. (await File.ReadAllLinesAsync(file)).Order(StringComparer.Ordinal)] : [];
}
