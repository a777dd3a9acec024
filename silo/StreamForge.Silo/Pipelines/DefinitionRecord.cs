using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;

namespace StreamForge.Silo.Pipelines;

/// <summary>
/// What a cluster runs under a pipeline's name, as its storage keeps it: every node must run the same. It holds the schemas that were inferred when the pipeline first ran, so that every node has the same columns whatever the
/// topic's first records are by then, and the partitions in the order in which they were found: their order is their index everywhere.
/// </summary>
/// <param name="Hash">Of the file's text and the values of its variables.</param>
/// <param name="Schemas">Each source's columns.</param>
/// <param name="Partitions">Of all sources; new ones come to the end.</param>
internal sealed record DefinitionRecord(string Hash, ImmutableDictionary<string, ImmutableArray<CatalogColumn>> Schemas, ImmutableArray<PartitionId> Partitions)
{
    private const string Name = "nodes/definition";

    /// <summary>What is kept, and its version; null and 0 where nothing is.</summary>
    public static async Task<(DefinitionRecord? Record, long Version)> LoadAsync(IRecordStorage records, string pipeline, CancellationToken cancellation)
    {
        if (await records.LoadAsync(Name, cancellation) is not { } stored) return (null, 0);
        try
        {
            if (JsonSerializer.Deserialize<DefinitionRecord>(stored.Content) is { } record) return (record, stored.Version);
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new StreamForgeException(ErrorKind.Corrupt, $"the definition that the cluster's storage keeps of {pipeline} is damaged; restore the database from a backup");
    }

    /// <summary>Replaces what was kept.</summary>
    /// <param name="expected">The version that was loaded.</param>
    /// <returns>false when another node was faster.</returns>
    public ValueTask<bool> TryWriteAsync(IRecordStorage records, long expected, CancellationToken cancellation) =>
        records.TryWriteAsync(new RecordWrite(Name, expected, Guid.NewGuid(), JsonSerializer.SerializeToUtf8Bytes(this), [], []), cancellation);

    /// <summary>Two nodes with the same hash read the same definition: the file's text, the values of its variables, the contents of its lookup tables.</summary>
    public static string HashOf(LoadedPipeline loaded)
    {
        var text = new StringBuilder(loaded.File.Text);
        foreach (var (name, value) in loaded.File.Variables.OrderBy(v => v.Key, StringComparer.Ordinal)) text.Append('\0').Append(name).Append('=').Append(value);
        foreach (var lookup in loaded.Plan.Lookups.Values.Select(l => l.Description.Hash).Order(StringComparer.Ordinal)) text.Append('\0').Append(lookup);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>What is to be kept of a pipeline as this node has loaded it.</summary>
    /// <param name="kept">What is kept so far.</param>
    public static DefinitionRecord Of(LoadedPipeline loaded, DefinitionRecord? kept) => new(
        HashOf(loaded), loaded.Plan.Sources.ToImmutableDictionary(s => s.Name, s => s.Schema.Fields.Select(f => new CatalogColumn(f.Name, f.Type.ToString())).ToImmutableArray()),
        Merge(kept?.Partitions ?? [], loaded.Sources.SelectMany(s => s.Partitions)));

    /// <summary>The columns as the loader takes them.</summary>
    public Dictionary<string, Schema> ReadSchemas() => Schemas.ToDictionary(s => s.Key, s => new Schema(s.Value.Select(c => c.Field)), StringComparer.Ordinal);

    /// <summary>The kept partitions, then those that the topics have besides.</summary>
    private static ImmutableArray<PartitionId> Merge(ImmutableArray<PartitionId> kept, IEnumerable<PartitionId> present) => [.. kept, .. present.Except(kept)];
}
