using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;
using StreamForge.Testing;

namespace StreamForge.Tests.Examples;

/// <summary>An example as it stands in the repository, run once to its end into a data directory of its own. Shared by the tests that look at what came of it.</summary>
public abstract class ExampleRun(string name, bool drain) : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-example-").FullName;

    /// <summary>What the example's <c>expected.json</c> says.</summary>
    internal JsonObject Expected { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "examples", name, "expected.json")))!.AsObject();

    internal DataDirectory Data => new(_folder);

    internal EngineStatus Status { get; private set; } = null!;

    internal IFeatureReader Features { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await using var pipeline = await LoadAsync(name);
        await using (var engine = await PipelineEngine.OpenAsync(pipeline, Data, new EngineOptions(Bounded: true, Drain: drain), TimeProvider.System, NullLogger.Instance, CancellationToken.None))
        {
            await engine.RunAsync(CancellationToken.None);
            Status = engine.Status();
        }
        var state = new StateAtRest(Data, TimeProvider.System);
        Features = state.OpenFeatures(state.Plans().Single(p => p.Name == pipeline.Plan.Name));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads and plans the example; every fault of it is thrown.</summary>
    internal static Task<LoadedPipeline> LoadAsync(string name, Func<string, string?>? variables = null)
    {
        var path = Path.Combine(RepositoryFiles.Root, "examples", name, "pipeline.yaml");
        return PipelineLoader.LoadAsync(PipelineFileText.Read(path, variables ?? (_ => null)), new Dictionary<string, Schema>(StringComparer.Ordinal), TimeProvider.System, CancellationToken.None);
    }
}
