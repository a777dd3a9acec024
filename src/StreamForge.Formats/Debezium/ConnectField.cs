using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Formats.Debezium;

/// <summary>What a value means beyond its JSON, by its schema.</summary>
internal enum LogicalKind : byte
{
    /// <summary>Nothing beyond it.</summary>
    None,

    /// <summary>Base64 of a big-endian unscaled number whose scale the schema has.</summary>
    Decimal,

    /// <summary>The same beside its own scale.</summary>
    VariableDecimal,

    /// <summary>A number as text.</summary>
    NumberText,

    /// <summary>Days since 1970.</summary>
    Date,

    /// <summary>Units since 1970.</summary>
    Timestamp,

    /// <summary>Units since midnight; may be negative, or a day and more.</summary>
    Time,
}

/// <param name="Scale">Of a decimal.</param>
/// <param name="Unit">Of a timestamp or time: microseconds a unit; -1,000 for nanoseconds.</param>
internal readonly record struct Logical(LogicalKind Kind, int Scale, long Unit);

/// <summary>
/// A field of a Connect schema, as the JSON converter writes it beside each payload (Apache Kafka, <c>JsonSchema</c>): <c>{"type", "optional", "name", "version", "parameters", "default", "field"}</c>.
/// Names of meanings are those of <c>org.apache.kafka.connect.data</c> and of Debezium's <c>io.debezium.time</c> and <c>io.debezium.data</c>.
/// </summary>
/// <param name="Name">The column.</param>
/// <param name="Default">The JSON text of its default; null for none. With the converter's <c>replace.null.with.default</c> it stands for null, too.</param>
internal sealed record ConnectField(string Name, DataType Type, Logical Logical, byte[]? Default)
{
    /// <summary>The fields of the row image that a record's schema describes: those of <c>after</c> in an envelope, of the struct itself elsewhere. Empty where the schema is none of a struct.</summary>
    public static ImmutableArray<ConnectField> Row(ReadOnlySpan<byte> schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema.ToArray());
            var fields = Fields(document.RootElement);
            var image = fields.FirstOrDefault(f => NameOf(f) is "after");
            if (image.ValueKind != JsonValueKind.Object) image = fields.FirstOrDefault(f => NameOf(f) is "before");
            return [.. (image.ValueKind == JsonValueKind.Object && fields.Any(f => NameOf(f) is "op") ? Fields(image) : fields).Where(f => NameOf(f) is not null).Select(Read)];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static JsonElement[] Fields(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("fields", out var fields) && fields.ValueKind == JsonValueKind.Array
            ? [.. fields.EnumerateArray().Where(f => f.ValueKind == JsonValueKind.Object)] : [];

    private static string? NameOf(JsonElement field) => Text(field, "field");

    private static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ConnectField Read(JsonElement field)
    {
        var name = Text(field, "name") ?? "";
        var type = Text(field, "type") ?? "";
        var (data, logical) = name switch
        {
            "org.apache.kafka.connect.data.Decimal" => Decimal(field),
            "io.debezium.data.VariableScaleDecimal" => (DataType.String, new Logical(LogicalKind.VariableDecimal, 0, 0)),
            "io.debezium.time.Date" or "org.apache.kafka.connect.data.Date" => (DataType.Date, new Logical(LogicalKind.Date, 0, 0)),
            "io.debezium.time.IsoDate" => (DataType.Date, default),
            "io.debezium.time.Timestamp" or "org.apache.kafka.connect.data.Timestamp" => (DataType.Timestamp, new Logical(LogicalKind.Timestamp, 0, 1000)),
            "io.debezium.time.MicroTimestamp" => (DataType.Timestamp, new Logical(LogicalKind.Timestamp, 0, 1)),
            "io.debezium.time.NanoTimestamp" => (DataType.Timestamp, new Logical(LogicalKind.Timestamp, 0, -1000)),
            "io.debezium.time.IsoTimestamp" => (DataType.Timestamp, default),
            "io.debezium.time.ZonedTimestamp" => (DataType.TimestampTz, default),
            "io.debezium.time.Time" or "org.apache.kafka.connect.data.Time" => (DataType.BigInt, new Logical(LogicalKind.Time, 0, 1000)),
            "io.debezium.time.MicroTime" => (DataType.BigInt, new Logical(LogicalKind.Time, 0, 1)),
            "io.debezium.time.NanoTime" => (DataType.BigInt, new Logical(LogicalKind.Time, 0, -1000)),
            _ => Plain(type),
        };
        var byDefault = field.TryGetProperty("default", out var value) && value.ValueKind != JsonValueKind.Null ? JsonSerializer.SerializeToUtf8Bytes(value) : null;
        return new ConnectField(NameOf(field)!, data, logical, byDefault);
    }

    private static (DataType, Logical) Plain(string type) => type switch
    {
        "boolean" => (DataType.Boolean, default),
        "int8" or "int16" or "int32" => (DataType.Int, default),
        "int64" => (DataType.BigInt, default),
        "float" or "float32" or "double" or "float64" => (DataType.Double, default),
        "bytes" => (DataType.Bytes, default),
        "array" => (new DataType(TypeKind.Array), default),
        "map" => (new DataType(TypeKind.Map), default),
        "struct" => (new DataType(TypeKind.Row), default),
        _ => (DataType.String, new Logical(LogicalKind.NumberText, 0, 0)),
    };

    /// <summary>The scale is a parameter of its own, the precision one of Debezium's; what has more digits than a decimal can hold is text.</summary>
    private static (DataType, Logical) Decimal(JsonElement field)
    {
        var scale = Parameter(field, "scale") ?? 0;
        var precision = Parameter(field, "connect.decimal.precision") ?? DataType.MaxPrecision;
        var logical = new Logical(LogicalKind.Decimal, scale, 0);
        return (precision is >= 1 and <= DataType.MaxPrecision && scale >= 0 && scale <= precision ? DataType.Decimal(precision, scale) : DataType.String, logical);
    }

    private static int? Parameter(JsonElement field, string name) =>
        field.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object && Text(parameters, name) is { } text
            && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
