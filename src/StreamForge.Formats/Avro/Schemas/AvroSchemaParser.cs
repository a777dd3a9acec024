using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Formats.Avro.Schemas;

/// <summary>Reads the JSON of a schema (Avro 1.12, "Schema Declaration" and "Names"). One parse; a name may be used once it was defined, also below its own definition.</summary>
internal sealed class AvroSchemaParser
{
    private const int MaxDepth = 256;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    private readonly Dictionary<string, AvroSchema> _named = new(StringComparer.Ordinal);

    public static AvroSchema Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return new AvroSchemaParser().Read(document.RootElement, space: "", path: "schema");
        }
        catch (JsonException e)
        {
            throw Damaged("schema", $"it is not JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // A string that is no UTF-16: unpaired surrogates written as escapes.
            throw Damaged("schema", $"it has text that cannot be read: {e.Message}", e);
        }
    }

    private AvroSchema Read(JsonElement json, string space, string path) => json.ValueKind switch
    {
        JsonValueKind.String => Named(json.GetString()!, space, path, []),
        JsonValueKind.Array => Union(json, space, path),
        JsonValueKind.Object => Object(json, space, path),
        _ => throw Damaged(path, "a schema is a name, an object or an array"),
    };

    private AvroSchema Named(string name, string space, string path, ImmutableArray<AvroAttribute> attributes)
    {
        if (PrimitiveType(name) is { } type) return new AvroSchema(type, attributes);
        if (_named.TryGetValue(FullName(name, space), out var schema) || _named.TryGetValue(name, out schema)) return schema;
        throw Damaged(path, $"the type '{name}' is not defined before its use");
    }

    private AvroSchema Union(JsonElement json, string space, string path)
    {
        var branches = ImmutableArray.CreateBuilder<AvroSchema>();
        foreach (var branch in json.EnumerateArray())
        {
            var schema = Read(branch, space, path);
            if (schema.Type == AvroType.Union) throw Damaged(path, "a union stands directly in a union");
            branches.Add(schema);
        }
        if (branches.Count == 0) throw Damaged(path, "a union has no branches");
        return new AvroSchema(AvroType.Union, []) { Branches = branches.ToImmutable() };
    }

    private AvroSchema Object(JsonElement json, string space, string path)
    {
        if (!json.TryGetProperty("type", out var type)) throw Damaged(path, "an object has no 'type'");
        if (type.ValueKind != JsonValueKind.String) return Read(type, space, path);
        switch (type.GetString())
        {
            case "record" or "error": return Record(json, space, path);
            case "enum": return Enum(json, space, path);
            case "fixed": return Fixed(json, space, path);
            case "array": return new AvroSchema(AvroType.Array, Attributes(json, "type", "items")) { Items = Read(Member(json, "items", path), space, path + ".items") };
            case "map": return new AvroSchema(AvroType.Map, Attributes(json, "type", "values")) { Items = Read(Member(json, "values", path), space, path + ".values") };
            case var name: return Named(name!, space, path, Attributes(json, "type"));
        }
    }

    private AvroSchema Record(JsonElement json, string space, string path)
    {
        var (name, inner) = Name(json, space, path);
        var schema = Define(new AvroSchema(AvroType.Record, Attributes(json, "type", "name", "namespace", "fields")) { Name = name }, path);
        var members = Member(json, "fields", path);
        if (members.ValueKind != JsonValueKind.Array) throw Damaged(path, "'fields' is not an array");
        var fields = ImmutableArray.CreateBuilder<AvroField>(members.GetArrayLength());
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in members.EnumerateArray())
        {
            if (field.ValueKind != JsonValueKind.Object) throw Damaged(path, "a field is not an object");
            var fieldName = Text(field, "name", path);
            var fieldPath = $"{path}.{fieldName}";
            if (!names.Add(fieldName)) throw Damaged(fieldPath, "the field appears twice");
            var type = Read(Member(field, "type", fieldPath), inner, fieldPath);
            JsonElement? defaultValue = field.TryGetProperty("default", out var value) ? value.Clone() : null;
            fields.Add(new AvroField(fieldName, type, defaultValue, Attributes(field, "name", "type", "default").AsSpan()));
        }
        schema.Fields = fields.ToImmutable();
        return schema;
    }

    private AvroSchema Enum(JsonElement json, string space, string path)
    {
        var (name, _) = Name(json, space, path);
        var members = Member(json, "symbols", path);
        if (members.ValueKind != JsonValueKind.Array) throw Damaged(path, "'symbols' is not an array");
        var symbols = ImmutableArray.CreateBuilder<string>(members.GetArrayLength());
        foreach (var symbol in members.EnumerateArray())
        {
            symbols.Add(symbol.ValueKind == JsonValueKind.String ? symbol.GetString()! : throw Damaged(path, "a symbol is not text"));
        }
        return Define(new AvroSchema(AvroType.Enum, Attributes(json, "type", "name", "namespace", "symbols")) { Name = name, Symbols = symbols.ToImmutable() }, path);
    }

    private AvroSchema Fixed(JsonElement json, string space, string path)
    {
        var (name, _) = Name(json, space, path);
        var member = Member(json, "size", path);
        if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt32(out var size) || size < 0) throw Damaged(path, "'size' is not a whole number of bytes");
        return Define(new AvroSchema(AvroType.Fixed, Attributes(json, "type", "name", "namespace", "size")) { Name = name, Size = size }, path);
    }

    private AvroSchema Define(AvroSchema schema, string path) => _named.TryAdd(schema.Name, schema) ? schema : throw Damaged(path, $"the type '{schema.Name}' is defined twice");

    /// <summary>The full name, and the namespace that names below it are looked up in.</summary>
    private static (string FullName, string Space) Name(JsonElement json, string space, string path)
    {
        var name = Text(json, "name", path);
        if (!name.Contains('.', StringComparison.Ordinal) && json.TryGetProperty("namespace", out var own) && own.ValueKind == JsonValueKind.String) space = own.GetString()!;
        var full = FullName(name, space);
        return (full, SpaceOf(full));
    }

    internal static string SpaceOf(string fullName) => fullName.LastIndexOf('.') is >= 0 and var dot ? fullName[..dot] : "";

    private static string FullName(string name, string space) => space.Length == 0 || name.Contains('.', StringComparison.Ordinal) ? name : $"{space}.{name}";

    private static ImmutableArray<AvroAttribute> Attributes(JsonElement json, params ReadOnlySpan<string> known)
    {
        var attributes = ImmutableArray.CreateBuilder<AvroAttribute>();
        foreach (var member in json.EnumerateObject())
        {
            if (!known.Contains(member.Name)) attributes.Add(new AvroAttribute(member.Name, member.Value.Clone()));
        }
        return attributes.ToImmutable();
    }

    private static JsonElement Member(JsonElement json, string name, string path) => json.TryGetProperty(name, out var member) ? member : throw Damaged(path, $"'{name}' is missing");

    private static string Text(JsonElement json, string name, string path) =>
        Member(json, name, path) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw Damaged(path, $"'{name}' is not text");

    private static AvroType? PrimitiveType(string name) => name switch
    {
        "null" => AvroType.Null,
        "boolean" => AvroType.Boolean,
        "int" => AvroType.Int,
        "long" => AvroType.Long,
        "float" => AvroType.Float,
        "double" => AvroType.Double,
        "bytes" => AvroType.Bytes,
        "string" => AvroType.String,
        _ => null,
    };

    private static StreamForgeException Damaged(string path, string what, Exception? inner = null) => new(ErrorKind.Corrupt, $"no Avro schema: at {path}: {what}", inner: inner);
}
