using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Plans;
using StreamForge.Sql.Lookups;

namespace StreamForge.Embedded.Catalog;

/// <summary>
/// A pipeline as the data directory remembers it, in <c>catalog/NAME.json</c>: what is needed to read its state without the file, its environment or its sources.
/// Values of variables whose names speak of a secret are left out.
/// </summary>
public sealed record CatalogEntry(
    string Name, string File, string BaseDirectory, string Text, ImmutableDictionary<string, string> Variables, ImmutableDictionary<string, ImmutableArray<CatalogColumn>> Schemas)
{
    /// <summary>What is known of each lookup table, so that plans can be made without its file.</summary>
    public ImmutableArray<CatalogLookup> Lookups { get; init; } = [];

    /// <summary>The location that the pipeline's tables were kept under when it last ran.</summary>
    public string? Warehouse { get; init; }

    private const string Redacted = "redacted";

    private static readonly string[] SecretWords = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "KEY", "CONNECTION"];

    public static CatalogEntry Of(LoadedPipeline pipeline) => new(
        pipeline.Plan.Name, pipeline.File.Path, pipeline.File.BaseDirectory, pipeline.File.Text,
        pipeline.File.Variables.ToImmutableDictionary(v => v.Key, v => SecretWords.Any(w => v.Key.Contains(w, StringComparison.OrdinalIgnoreCase)) ? Redacted : v.Value),
        pipeline.Plan.Sources.ToImmutableDictionary(s => s.Name, s => s.Schema.Fields.Select(f => new CatalogColumn(f.Name, f.Type.ToString())).ToImmutableArray()))
    {
        Lookups = [.. pipeline.Plan.Lookups.OrderBy(l => l.Key.Transformation, StringComparer.Ordinal).ThenBy(l => l.Key.Lookup, StringComparer.Ordinal).Select(l => CatalogLookup.Of(l.Key, l.Value.Description))],
    };

    /// <summary>Every source's schema as it was when the pipeline first ran.</summary>
    public Dictionary<string, Schema> ReadSchemas() => Schemas.ToDictionary(
        s => s.Key,
        s => new Schema(s.Value.Select(c => c.Field)),
        StringComparer.Ordinal);

    /// <summary>The plan, from the entry alone.</summary>
    public PipelinePlan Plan()
    {
        var loaded = new PipelineFileText(File, BaseDirectory, Text, Variables).Parse();
        var planned = loaded.Definition is { } definition ? Planner.Plan(definition, ReadSchemas(), loaded.Broken, Lookups.ToDictionary(l => l.Reference, l => LookupTable.WithoutRows(l.Description))) : new PlanResult(null, loaded.Faults);
        return planned.Plan ?? throw new StreamForgeException(
            ErrorKind.Corrupt, $"the catalog entry of {Name} cannot be read by this version: {string.Join("; ", loaded.Faults.Concat(planned.Faults))}");
    }

    private static string PathOf(DataDirectory data, string name) => Path.Combine(data.Catalog, name + ".json");

    /// <summary>Writes the entry if it differs from what is there.</summary>
    public void Save(DataDirectory data)
    {
        var path = PathOf(data, Name);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(this);
        if (System.IO.File.Exists(path) && System.IO.File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) return;
        DurableFolder.Create(data.Catalog);
        DurableFiles.Publish(path, bytes);
    }

    /// <summary>The entry of a pipeline; null when it has never run here.</summary>
    public static CatalogEntry? Find(DataDirectory data, string name)
    {
        var path = PathOf(data, name);
        return System.IO.File.Exists(path) ? Read(path) : null;
    }

    /// <summary>All pipelines that have run in a data directory, by name.</summary>
    public static ImmutableArray<CatalogEntry> All(DataDirectory data) => !Directory.Exists(data.Catalog)
        ? []
        : [.. Directory.EnumerateFiles(data.Catalog, "*.json").Order(StringComparer.Ordinal).Select(Read)];

    private static CatalogEntry Read(string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<CatalogEntry>(System.IO.File.ReadAllBytes(path)) is { } entry) return entry;
        }
        catch (JsonException)
        {
            // Said below, with the place.
        }
        throw new StreamForgeException(ErrorKind.Corrupt, $"the catalog entry {path} is damaged; restore it from a backup, or delete the data directory to start afresh");
    }
}

public sealed record CatalogColumn(string Name, string Type)
{
    public Field Field => new(Name, DataType.TryParse(Type, out var type) ? type : throw new StreamForgeException(ErrorKind.Corrupt, $"the catalog names an unknown type {Type}"));
}

/// <summary>A lookup table without its rows.</summary>
public sealed record CatalogLookup(string Transformation, string Name, string File, ImmutableArray<CatalogColumn> Schema, ImmutableArray<string> Key, long Rows, long Bytes, string Hash)
{
    internal LookupReference Reference => new(Transformation, Name);

    internal LookupDescription Description => new(Name, File, new Schema(Schema.Select(c => c.Field)), Key, Rows, Bytes, Hash);

    internal static CatalogLookup Of(LookupReference reference, LookupDescription lookup) => new(
        reference.Transformation, lookup.Name, lookup.File, [.. lookup.Schema.Fields.Select(f => new CatalogColumn(f.Name, f.Type.ToString()))], lookup.Key, lookup.Rows, lookup.Bytes, lookup.Hash);
}
