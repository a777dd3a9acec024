using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamForge.Tests.Server;

/// <summary>Checks a value against the part of JSON Schema that the description uses: type, required, properties, additionalProperties, items, enum and references.</summary>
internal sealed class JsonShape(JsonNode document)
{
    /// <summary>What does not fit, each with its path; empty when all does.</summary>
    public IEnumerable<string> Faults(JsonNode? value, JsonNode schema, string path = "$")
    {
        if ((string?)schema["$ref"] is { } reference) return Faults(value, Resolve(reference), path);
        return TypeFaults(value, schema, path).Concat(value switch
        {
            JsonObject fields => FieldFaults(fields, schema, path),
            JsonArray items when schema["items"] is { } each => items.SelectMany((item, i) => Faults(item, each, $"{path}[{i}]")),
            _ => [],
        });
    }

    /// <summary>The node that a reference such as <c>#/components/schemas/View</c> names.</summary>
    public JsonNode Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(document, (node, name) => node[name] ?? throw new InvalidOperationException($"{reference} leads nowhere"));

    private static IEnumerable<string> TypeFaults(JsonNode? value, JsonNode schema, string path)
    {
        if (schema["type"] is { } type)
        {
            string[] allowed = type is JsonArray several ? [.. several.Select(t => (string)t!)] : [(string)type!];
            var kind = KindOf(value);
            if (!allowed.Contains(kind) && !(kind == "integer" && allowed.Contains("number"))) yield return $"{path} is {kind}, not {string.Join(" or ", allowed)}";
        }
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value))) yield return $"{path} is {value}, none of the words";
    }

    private IEnumerable<string> FieldFaults(JsonObject fields, JsonNode schema, string path)
    {
        foreach (var name in schema["required"] as JsonArray ?? [])
        {
            if (!fields.ContainsKey((string)name!)) yield return $"{path} lacks {name}";
        }
        foreach (var (name, field) in fields)
        {
            var known = schema["properties"]?[name] ?? schema["additionalProperties"];
            if (known is JsonValue closed && !closed.GetValue<bool>()) yield return $"{path} has {name}, which is not described";
            if (known is not JsonObject shape) continue;
            foreach (var fault in Faults(field, shape, $"{path}.{name}")) yield return fault;
        }
    }

    private static string KindOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.ToJsonString().Contains('.', StringComparison.Ordinal) ? "number" : "integer",
        _ => "boolean",
    };
}
