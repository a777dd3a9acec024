using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;

namespace StreamForge.Cli.Demo;

/// <summary>
/// The pipeline of <c>demo</c>: <c>examples/clickstream/pipeline.yaml</c>, carried inside the program, with that file's variables filled in. It has a name and tables of its own, so that
/// the example itself, whatever was made of it, runs in the same data directory undisturbed.
/// </summary>
internal static class DemoPipeline
{
    public const string Name = "demo";

    /// <summary>How the file is called in messages and in the catalog.</summary>
    private const string FileName = "demo.yaml";

    /// <param name="Rate">Events a second; null for as fast as they are taken.</param>
    /// <param name="Events">How many events this run is to add; null for no end.</param>
    public sealed record Options(double? Rate, long? Events);

    /// <summary>Loads it for the next start in a data directory.</summary>
    public static Task<LoadedPipeline> LoadAsync(DataDirectory data, Options options, TimeProvider clock, CancellationToken cancellation)
    {
        var variables = ImmutableDictionary.CreateRange(StringComparer.Ordinal,
        [
            KeyValuePair.Create("CLICKSTREAM_NAME", Name),
            KeyValuePair.Create("CLICKSTREAM_RATE", options.Rate?.ToString(CultureInfo.InvariantCulture) ?? "null"),
            KeyValuePair.Create("CLICKSTREAM_EVENTS", options.Events is { } events ? (Position(data, clock) + events).ToString(CultureInfo.InvariantCulture) : ""),
        ]);
        var file = new PipelineFileText(FileName, Environment.CurrentDirectory, ReadText(), variables);
        return PipelineLoader.LoadAsync(file, ImmutableDictionary<string, Schema>.Empty, clock, cancellation);
    }

    /// <summary>The file as it was when the program was built.</summary>
    public static string ReadText()
    {
        using var stream = typeof(DemoPipeline).Assembly.GetManifestResourceStream(FileName) ?? throw new InvalidOperationException($"the resource {FileName} is not in the program");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>How many events the demo has taken here before.</summary>
    private static long Position(DataDirectory data, TimeProvider clock) =>
        new StateAtRest(data, clock).Checkpoint(Name)?.Partitions.Sum(p => p.Offset) ?? 0;
}
