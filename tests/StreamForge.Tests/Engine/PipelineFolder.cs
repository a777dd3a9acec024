using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Engine;

/// <summary>
/// A folder with a pipeline file, its sources, its sinks' output and its data directory, and the whole engine run over it in this process. Deleted when disposed.
/// </summary>
internal sealed class PipelineFolder : IDisposable
{
    private static readonly ImmutableDictionary<string, string> NoVariables = ImmutableDictionary<string, string>.Empty;

    public PipelineFolder(string pipeline = "", string name = "case")
    {
        Name = name;
        Pipeline = pipeline;
        Path = Directory.CreateTempSubdirectory("streamforge-engine-").FullName;
        Data = new DataDirectory(this["data"]);
    }

    public string Name { get; }

    /// <summary>The pipeline file's text; may be changed between two runs.</summary>
    public string Pipeline { get; set; }

    public string Path { get; }

    /// <summary>Where the engine keeps its state; may be replaced.</summary>
    public DataDirectory Data { get; set; }

    public string this[string file] => System.IO.Path.Combine(Path, file);

    public StateAtRest AtRest => new(Data, TimeProvider.System);

    public CheckpointDirectory Checkpoints => new(Data.Checkpoints(Name));

    /// <summary>The newest published checkpoint.</summary>
    public CheckpointManifest Checkpoint => AtRest.Checkpoint(Name) ?? throw new InvalidOperationException("there is no checkpoint yet");

    public PipelinePlan Plan => AtRest.Plans().Single(p => p.Name == Name);

    public void Write(string file, string text) => Write(file, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")));

    public void Write(string file, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[file])!);
        File.WriteAllBytes(this[file], bytes);
    }

    public byte[] Bytes(string file) => File.ReadAllBytes(this[file]);

    public void Append(string file, string text) => File.AppendAllText(this[file], text);

    public Task<LoadedPipeline> LoadAsync(TimeProvider? clock = null)
    {
        var file = new PipelineFileText("pipeline.yaml", Path, Pipeline, NoVariables);
        var known = CatalogEntry.Find(Data, Name)?.ReadSchemas() ?? new Dictionary<string, Schema>(StringComparer.Ordinal);
        return PipelineLoader.LoadAsync(file, known, clock ?? TimeProvider.System, CancellationToken.None, new TableHome(Data));
    }

    /// <summary>Opens the engine; <see cref="RunningEngine.DisposeAsync"/> ends it, orderly or not.</summary>
    public async Task<RunningEngine> OpenAsync(bool bounded = true, int? shards = null, TimeProvider? clock = null, bool drain = false)
    {
        var loaded = await LoadAsync(clock);
        try
        {
            var engine = await PipelineEngine.OpenAsync(loaded, Data, new EngineOptions(bounded, shards, drain), clock ?? TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            return new RunningEngine(loaded, engine);
        }
        catch
        {
            await loaded.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs to the sources' present end.</summary>
    public async Task<EngineStatus> RunAsync(int? shards = null, TimeProvider? clock = null, bool drain = false)
    {
        await using var running = await OpenAsync(bounded: true, shards, clock, drain);
        await running.Engine.RunAsync(CancellationToken.None);
        return running.Engine.Status();
    }

    /// <summary>Every key of the newest checkpoint, by the name of its view.</summary>
    public ILookup<string, byte[]> Keys()
    {
        var checkpoint = Checkpoint;
        var keys = new HashSet<(string View, string Key)>();
        Assert.True(Checkpoints.TryRead(checkpoint, _ => { }, (view, kind, bytes) =>
        {
            if (kind == StateRecordKind.State) keys.Add((checkpoint.Views[view].Name, Convert.ToHexString(Features.KeyState.KeyState.KeyOf(bytes))));
            if (kind == StateRecordKind.Removed) keys.Remove((checkpoint.Views[view].Name, Convert.ToHexString(bytes)));
        }));
        return keys.ToLookup(k => k.View, k => Convert.FromHexString(k.Key));
    }

    /// <summary>All features of all keys of all views as the newest checkpoint has them, a line each.</summary>
    public string[] AllFeatures(long? at = null) => AllFeatures(AtRest.OpenFeatures(Plan), at);

    /// <summary>The same by way of another reader, such as that of the running engine.</summary>
    public string[] AllFeatures(IFeatureReader reader, long? at = null)
    {
        var row = new FeatureRow();
        var lines = new List<string>();
        foreach (var keys in Keys())
        {
            var view = reader.Views.Single(v => v.Name == keys.Key);
            foreach (var key in keys)
            {
                reader.Read(view, key, at, row);
                lines.Add(Line(view, key, row));
            }
        }
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static string Line(ViewDescription view, byte[] key, FeatureRow row)
    {
        var text = new StringBuilder($"{view.Name} {string.Join(',', KeyCodec.Read(key, view.Entity))} at {EventTime.Format(row.At)} newest {EventTime.FormatOrNull(row.EventTime)}:");
        for (var i = 0; i < view.Features.Length; i++) text.Append($" {view.Features[i].Name}={row.Values[i]}({row.Values[i].Status})");
        return text.ToString();
    }

    /// <summary>One key's features by name, from the newest checkpoint.</summary>
    public Dictionary<string, FeatureValue> Read(string view, string key, long? at = null) => Read(AtRest.OpenFeatures(Plan), view, key, at);

    /// <summary>One key's features by name.</summary>
    /// <param name="key">The key's columns in order, separated by commas.</param>
    public static Dictionary<string, FeatureValue> Read(IFeatureReader reader, string view, string key, long? at = null)
    {
        var (description, row) = ReadRow(reader, view, key, at);
        return description.Features.Select((f, i) => (f.Name, row.Values[i])).ToDictionary(f => f.Name, f => f.Item2, StringComparer.Ordinal);
    }

    public static (ViewDescription View, FeatureRow Row) ReadRow(IFeatureReader reader, string view, string key, long? at = null)
    {
        var description = reader.Views.Single(v => v.Name == view);
        var values = description.Entity.Zip(key.Split(',')).ToDictionary(p => p.First.Name, p => p.Second, StringComparer.Ordinal);
        var row = new FeatureRow();
        reader.Read(description, KeyCodec.FromText(description.Entity, values), at, row);
        return (description, row);
    }

    /// <summary>Dead letters of the newest checkpoint, in the order of the ledger.</summary>
    public string[] DeadLetters() => Ledger(AtRest.DeadLetters(Name, 0, long.MaxValue / 2));

    /// <summary>The late ledger of the newest checkpoint, in its order.</summary>
    public string[] Late() => Ledger(AtRest.Late(Name, 0, long.MaxValue / 2));

    private static string[] Ledger((long Total, IEnumerable<string> Items) ledger)
    {
        string[] items = [.. ledger.Items];
        Assert.Equal(ledger.Total, items.Length);
        return items;
    }

    /// <summary>All committed rows of a files sink, file after file; a pipeline with one partition wrote them in this order.</summary>
    public string[] SinkRows(string folder = "out") =>
        Directory.Exists(this[folder]) ? [.. Directory.EnumerateFiles(this[folder], "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)] : [];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>An engine and the pipeline that it runs.</summary>
internal sealed class RunningEngine(LoadedPipeline pipeline, PipelineEngine engine) : IAsyncDisposable
{
    public PipelineEngine Engine => engine;

    public IFeatureReader Features => engine.Features;

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        await pipeline.DisposeAsync();
    }
}
