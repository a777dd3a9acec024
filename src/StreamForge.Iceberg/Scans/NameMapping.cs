using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>
/// Finds a table's columns in files: by field id; in files that have none at all by the table's name mapping (Iceberg specification, "Name Mapping Serialization", property
/// <c>schema.name-mapping.default</c>), or, where the table has none, by its columns' own names.
/// </summary>
internal sealed class NameMapping
{
    public const string Property = "schema.name-mapping.default";

    private readonly Dictionary<string, int>? _ids;

    private NameMapping(Dictionary<string, int>? ids) => _ids = ids;

    /// <summary>No mapping.</summary>
    public static NameMapping None { get; } = new(null);

    /// <exception cref="StreamForgeException">Corrupt: the property is no mapping.</exception>
    public static NameMapping Of(TableMetadata metadata, string location)
    {
        if (!metadata.Properties.TryGetValue(Property, out var json)) return None;
        try
        {
            using var document = JsonDocument.Parse(json);
            var ids = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var field in document.RootElement.EnumerateArray())
            {
                if (!field.TryGetProperty("field-id", out var id)) continue;
                foreach (var name in field.GetProperty("names").EnumerateArray())
                {
                    if (!ids.TryAdd(name.GetString() ?? "", id.GetInt32())) throw Damaged(location, $"the name {name.GetString()} stands for two columns");
                }
            }
            return new NameMapping(ids);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Damaged(location, e.Message);
        }
    }

    /// <summary>For each wanted column its number in the file, or -1.</summary>
    public ImmutableArray<int> Find(ImmutableArray<WantedColumn> wanted, IEnumerable<(string Name, int? Id)> file)
    {
        var columns = file.ToArray();
        var hasIds = columns.Any(c => c.Id is not null);
        return [.. wanted.Select(w => Array.FindIndex(columns, c => hasIds ? c.Id == w.Field.Id : _ids is null ? c.Name == w.Field.Name : _ids.TryGetValue(c.Name, out var id) && id == w.Field.Id))];
    }

    private static StreamForgeException Damaged(string location, string what) => new(ErrorKind.Corrupt, $"{location}: the property {Property} is no name mapping: {what}");
}
