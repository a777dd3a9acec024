using System.Collections.Immutable;
using System.Text.Json;

namespace StreamForge.Formats.Avro.Schemas;

/// <summary>An attribute of a schema or a field that is kept as it is.</summary>
/// <param name="Name">Its name, such as <c>field-id</c>.</param>
/// <param name="Value">Its JSON; owns its memory.</param>
public readonly record struct AvroAttribute(string Name, JsonElement Value)
{
    public static AvroAttribute Of(string name, int value) => new(name, JsonSerializer.SerializeToElement(value));

    public static AvroAttribute Of(string name, string value) => new(name, JsonSerializer.SerializeToElement(value));

    public static AvroAttribute Of(string name, bool value) => new(name, JsonSerializer.SerializeToElement(value));
}

/// <summary>Looking attributes up by name and type.</summary>
public static class AvroAttributes
{
    /// <summary>The number called <paramref name="name"/>, or null when there is none or it is no 32-bit integer.</summary>
    public static int? Integer(this ImmutableArray<AvroAttribute> attributes, string name) =>
        attributes.Value(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    /// <summary>The text called <paramref name="name"/>, or null.</summary>
    public static string? Text(this ImmutableArray<AvroAttribute> attributes, string name) =>
        attributes.Value(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>Whether the attribute called <paramref name="name"/> is there and true.</summary>
    public static bool Flag(this ImmutableArray<AvroAttribute> attributes, string name) => attributes.Value(name) is { ValueKind: JsonValueKind.True };

    private static JsonElement? Value(this ImmutableArray<AvroAttribute> attributes, string name)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Name == name) return attribute.Value;
        }
        return null;
    }
}
