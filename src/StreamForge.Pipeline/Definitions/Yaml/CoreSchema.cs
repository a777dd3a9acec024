using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamForge.Pipeline.Definitions.Reading;

namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>
/// YAML values as JSON by the core schema (YAML 1.2.2, chapter 10.3): a plain <c>5</c> is a number, <c>"5"</c> a string, <c>~</c> null.
/// Numbers keep their digits, so that <c>1.50</c> reaches a decimal column as it was written.
/// </summary>
internal static partial class CoreSchema
{
    /// <summary>Longer than any row in a file that a person writes; nested aliases could make it endless.</summary>
    private const int MaxJson = 1 << 20;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A mapping as one JSON object, a list as one array; null after a fault.</summary>
    public static string? Json(YamlNode node, FaultLog faults)
    {
        using var stream = new MemoryStream();
        using var writer = new Utf8JsonWriter(stream, Options);
        if (!Write(node, writer, faults)) return null;
        writer.Flush();
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>A scalar as a test writes it: null for null, numbers and booleans as JSON has them, strings without quotes.</summary>
    /// <returns>false for what JSON cannot say: an infinity, NaN.</returns>
    public static bool TryText(YamlScalar scalar, out string? text)
    {
        text = scalar.IsNull ? null : scalar.Value;
        if (!scalar.Plain || scalar.IsNull) return true;
        if (IsBoolean(scalar.Value)) text = scalar.Value.ToLowerInvariant();
        else if (NotFinite().IsMatch(scalar.Value)) return false;
        else text = Number(scalar.Value) ?? scalar.Value;
        return true;
    }

    private static bool Write(YamlNode node, Utf8JsonWriter writer, FaultLog faults)
    {
        if (writer.BytesCommitted + writer.BytesPending > MaxJson)
        {
            faults.Add(node.Location, $"this row is longer than {MaxJson / 1024} KiB of JSON; make it smaller");
            return false;
        }
        switch (node)
        {
            case YamlMapping mapping:
                writer.WriteStartObject();
                foreach (var (key, value) in mapping.Entries)
                {
                    writer.WritePropertyName(key.Value);
                    if (!Write(value, writer, faults)) return false;
                }
                writer.WriteEndObject();
                return true;
            case YamlSequence sequence:
                writer.WriteStartArray();
                foreach (var item in sequence.Items)
                {
                    if (!Write(item, writer, faults)) return false;
                }
                writer.WriteEndArray();
                return true;
            default:
                return WriteScalar((YamlScalar)node, writer, faults);
        }
    }

    private static bool WriteScalar(YamlScalar scalar, Utf8JsonWriter writer, FaultLog faults)
    {
        if (!scalar.Readable) return false;
        if (!TryText(scalar, out var text))
        {
            faults.Add(scalar.Location, $"{scalar.Quoted} has no form in JSON; give a finite number");
            return false;
        }
        if (text is null) writer.WriteNullValue();
        else if (scalar.Plain && (IsBoolean(text) || Number(text) is not null)) writer.WriteRawValue(text);
        else writer.WriteStringValue(text);
        return true;
    }

    private static bool IsBoolean(string text) => text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    /// <summary>A number of the core schema in JSON's form, digits kept; null when the text is none.</summary>
    private static string? Number(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal) && text.Length > 2 && text.Skip(2).All(char.IsAsciiHexDigit))
            return BigInteger.Parse("0" + text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        if (text.StartsWith("0o", StringComparison.Ordinal) && text.Length > 2 && text.Skip(2).All(c => c is >= '0' and <= '7'))
            return text[2..].Aggregate(BigInteger.Zero, (sum, digit) => sum * 8 + (digit - '0')).ToString(CultureInfo.InvariantCulture);
        var match = Decimal().Match(text);
        if (!match.Success || (match.Groups["whole"].Length == 0 && match.Groups["fraction"].Length == 0)) return null;
        var whole = match.Groups["whole"].Value.TrimStart('0');
        var fraction = match.Groups["fraction"].Value;
        return (match.Groups["sign"].Value == "-" ? "-" : "") + (whole.Length == 0 ? "0" : whole)
            + (fraction.Length == 0 ? "" : "." + fraction) + match.Groups["exponent"].Value;
    }

    [GeneratedRegex(@"^(?<sign>[-+]?)(?<whole>[0-9]*)(\.(?<fraction>[0-9]*))?(?<exponent>[eE][-+]?[0-9]+)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();
}
