using System.Collections.Immutable;
using System.Text;
using StreamForge.Formats.Csv;
using StreamForge.Formats.Values;

namespace StreamForge.Formats.Inference;

/// <summary>
/// Finds the schema of CSV. Numbers are those of JSON's grammar: a text with leading zeros or a plus sign would lose something as a number. true and false count in any case.
/// </summary>
public sealed class CsvInference : SchemaInference
{
    private readonly CsvRecord _record = new();
    private ColumnGuess[] _guesses = [];

    /// <summary>Begins a file; its header may differ from other files'. A name that stands twice is one column here.</summary>
    public void UseHeader(ImmutableArray<string> names) => _guesses = [.. names.Select(Column)];

    public override RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next)
    {
        var outcome = _record.Read(buffer, start, end, final, out next, out _);
        if (outcome != RecordOutcome.Row) return outcome;
        if (_record.Fields.Length != _guesses.Length) return RecordOutcome.Misfit;
        for (var i = 0; i < _guesses.Length; i++)
        {
            var field = _record.Fields[i];
            var text = buffer[field.Start..field.End];
            if (text.IsEmpty && !field.Quoted) continue;
            var position = 0;
            if (Ascii.EqualsIgnoreCase(text, "true"u8) || Ascii.EqualsIgnoreCase(text, "false"u8)) _guesses[i].Boolean();
            else if (Number.TryScan(text, ref position, text.Length, out var number) && position == text.Length) _guesses[i].Number(number, text);
            else _guesses[i].Text(text);
        }
        return RecordOutcome.Row;
    }
}
