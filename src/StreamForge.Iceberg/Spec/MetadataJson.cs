using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>A value within a metadata file, which knows its place for errors: <c>schemas[1].fields[0].type</c>.</summary>
internal readonly struct MetadataJson(JsonElement element, string location, string path)
{
    public JsonElement Element => element;

    public string Location => location;

    public string Path => path;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    public bool IsText => element.ValueKind == JsonValueKind.String;

    /// <summary>A member that must be there.</summary>
    public MetadataJson Member(string name) => Find(name) ?? throw Fault($"has no member '{name}'");

    /// <summary>A member, or null when it is missing or null.</summary>
    public MetadataJson? Find(string name)
    {
        if (!IsObject) throw Fault("is not an object");
        return element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? new MetadataJson(member, location, path.Length == 0 ? name : $"{path}.{name}") : null;
    }

    public IEnumerable<MetadataJson> Items()
    {
        if (element.ValueKind != JsonValueKind.Array) throw Fault("is not an array");
        var i = 0;
        foreach (var item in element.EnumerateArray()) yield return new MetadataJson(item, location, string.Create(CultureInfo.InvariantCulture, $"{path}[{i++}]"));
    }

    public IEnumerable<(string Name, MetadataJson Value)> Members()
    {
        if (!IsObject) throw Fault("is not an object");
        foreach (var member in element.EnumerateObject()) yield return (member.Name, new MetadataJson(member.Value, location, $"{path}.{member.Name}"));
    }

    public string Text() => IsText ? element.GetString()! : throw Fault("is not text");

    public int Int() => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) ? number : throw Fault("is not a whole number of 32 bits");

    public long Long() => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) ? number : throw Fault("is not a whole number of 64 bits");

    /// <summary>A snapshot's id. Some writers give ids of 64 bits without a sign; the upper half of them is taken as the negative number of the same bits.</summary>
    public long SnapshotId() => element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out var number) ? unchecked((long)number) : Long();

    public bool Flag() => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Fault("is neither true nor false");

    /// <summary>The JSON as it was written.</summary>
    public byte[] Raw() => JsonMarshal.GetRawUtf8Value(element).ToArray();

    public StreamForgeException Fault(string sentence) => new(ErrorKind.Corrupt, $"{location}: {(path.Length == 0 ? "the metadata" : $"'{path}' of the metadata")} {sentence}");
}
