using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// A record's headers as they are kept in <see cref="KafkaRecords"/>: for each the name's length (LEB128) and bytes, then its value's length + 1 (0 for null) and bytes. As a column
/// they are a JSON object; of a name that comes several times the last value counts, as it does for Kafka's own clients.
/// </summary>
public static class KafkaHeaders
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Adds a header after others.</summary>
    public static void Write(IBufferWriter<byte> target, string name, ReadOnlySpan<byte> value, bool isNull)
    {
        ArgumentNullException.ThrowIfNull(target);
        var bytes = Encoding.UTF8.GetByteCount(name);
        var writer = new VarintWriter(target.GetSpan(bytes + value.Length + 20));
        writer.Number((ulong)bytes);
        writer.Text(name);
        writer.Number(isNull ? 0 : (ulong)value.Length + 1);
        writer.Bytes(value);
        target.Advance(writer.Length);
    }

    /// <summary>The JSON object: values as text; those that are not UTF-8 in base64.</summary>
    /// <param name="headers">As <see cref="KafkaRecords.Headers"/> has them.</param>
    public static void WriteJson(ReadOnlySpan<byte> headers, ArrayBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var json = new Utf8JsonWriter(target, Options);
        json.WriteStartObject();
        var reader = new VarintReader(headers, 0);
        while (!reader.AtEnd)
        {
            var name = reader.Bytes((int)reader.Number());
            var length = (int)reader.Number() - 1;
            var value = reader.Bytes(Math.Max(length, 0));
            if (ComesAgain(headers, reader.Position, name)) continue;
            if (length < 0) json.WriteNull(name);
            else if (Utf8.IsValid(value)) json.WriteString(name, value);
            else json.WriteBase64String(name, value);
        }
        json.WriteEndObject();
    }

    private static bool ComesAgain(ReadOnlySpan<byte> headers, int position, ReadOnlySpan<byte> name)
    {
        var reader = new VarintReader(headers, position);
        while (!reader.AtEnd)
        {
            if (reader.Bytes((int)reader.Number()).SequenceEqual(name)) return true;
            reader.Bytes(Math.Max((int)reader.Number() - 1, 0));
        }
        return false;
    }
}
