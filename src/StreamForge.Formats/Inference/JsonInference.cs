using System.Text.Json;
using StreamForge.Formats.Json;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Inference;

/// <summary>Finds the schema of JSON Lines. Objects and arrays become strings: their JSON text.</summary>
public class JsonInference : SchemaInference
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonScanner.MaxDepth };

    public override RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next)
    {
        var found = JsonLine.Find(buffer, start, end, final, out _, out var lineEnd, out next);
        if (found != RecordOutcome.Row) return found;
        return TryRecord(buffer[start..lineEnd]) ? RecordOutcome.Row : RecordOutcome.Misfit;
    }

    /// <summary>Looks at one line.</summary>
    /// <returns>false when it is no record.</returns>
    private protected virtual bool TryRecord(ReadOnlySpan<byte> line) => TryNote(line);

    /// <summary>Takes the fields of an object into account.</summary>
    /// <returns>false, and nothing has changed, when it is none.</returns>
    private protected bool TryNote(ReadOnlySpan<byte> json)
    {
        try
        {
            if (!IsWhole(json)) return false;
            Note(json);
            return true;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Reads to the end first, so that a record that is broken further on leaves no trace.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String) reader.GetString();
        }
        return true;
    }

    private void Note(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var guess = Column(reader.GetString()!);
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.String when reader.ValueSpan.Length is >= 10 and <= 40 && !reader.ValueIsEscaped:
                    guess.Text(reader.ValueSpan);
                    break;
                case JsonTokenType.Number:
                    var position = 0;
                    var text = reader.ValueSpan;
                    Number.TryScan(text, ref position, text.Length, out var number);
                    guess.Number(number, text);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    guess.Boolean();
                    break;
                case JsonTokenType.Null:
                    break;
                default:
                    guess.Other();
                    reader.Skip();
                    break;
            }
        }
    }
}
