using System.Collections.Immutable;
using System.Text;

namespace StreamForge.Formats.Csv;

/// <summary>
/// Reads CSV (RFC 4180) whose first record names the columns. An empty field is null, an empty quoted one is an empty text; every record has as many
/// fields as the header. Read the header with <see cref="ReadHeader"/> and give it to <see cref="UseHeader"/> before any record. For one thread.
/// </summary>
public sealed class CsvReader(RowBuilder rows) : IRecordReader
{
    private readonly CsvRecord _record = new();
    private readonly int[] _fieldOf = new int[rows.Schema.Count];
    private byte[] _scratch = new byte[256];
    private int _fields;

    /// <summary>Reads a header as <see cref="IRecordReader.Read"/> reads a record; its names are null unless the outcome is <see cref="RecordOutcome.Row"/>.</summary>
    public static RecordOutcome ReadHeader(
        ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next, out ImmutableArray<string> names, out string? reason)
    {
        names = default;
        var record = new CsvRecord();
        var outcome = record.Read(buffer, start, end, final, out next, out reason);
        if (outcome != RecordOutcome.Row) return outcome;
        var builder = ImmutableArray.CreateBuilder<string>();
        foreach (var field in record.Fields)
        {
            var text = Encoding.UTF8.GetString(buffer[field.Start..field.End]);
            builder.Add(field.Doubled ? text.Replace("\"\"", "\"", StringComparison.Ordinal) : text);
        }
        names = builder.ToImmutable();
        return outcome;
    }

    /// <summary>Says which columns the records that follow have.</summary>
    /// <returns>null, or which column that is read the header lacks or has twice.</returns>
    public string? UseHeader(ImmutableArray<string> names)
    {
        _fields = names.Length;
        for (var column = 0; column < _fieldOf.Length; column++)
        {
            var name = rows.Schema[column].Name;
            _fieldOf[column] = names.IndexOf(name);
            if (_fieldOf[column] < 0) return $"the header has no column '{name}'; it has {string.Join(", ", names)}";
            if (names.LastIndexOf(name) != _fieldOf[column]) return $"the header has the column '{name}' twice";
        }
        return null;
    }

    public RecordOutcome Read(ReadOnlySpan<byte> buffer, int start, int end, bool final, out int next, out string? reason)
    {
        var outcome = _record.Read(buffer, start, end, final, out next, out reason);
        if (outcome != RecordOutcome.Row) return outcome;
        reason = ReadFields(buffer);
        if (reason is null)
        {
            rows.EndRow(_fieldOf.Length);
            return RecordOutcome.Row;
        }
        rows.DropRow();
        return RecordOutcome.Misfit;
    }

    private string? ReadFields(ReadOnlySpan<byte> buffer)
    {
        var fields = _record.Fields;
        if (fields.Length != _fields) return $"{fields.Length} fields where the header has {_fields}";
        var writers = rows.Writers;
        for (var column = 0; column < writers.Length; column++)
        {
            ref readonly var field = ref fields[_fieldOf[column]];
            var text = buffer[field.Start..field.End];
            if (text.IsEmpty && !field.Quoted)
            {
                writers[column].Null();
                continue;
            }
            if (field.Doubled) text = Undouble(text);
            if (writers[column].Plain(text) is { } wrong) return wrong;
        }
        return null;
    }

    private ReadOnlySpan<byte> Undouble(ReadOnlySpan<byte> text)
    {
        if (_scratch.Length < text.Length) _scratch = new byte[Math.Max(text.Length, _scratch.Length * 2)];
        return CsvText.Undouble(text, _scratch);
    }
}

/// <summary>Text of quoted fields.</summary>
internal static class CsvText
{
    /// <summary>Copies a text with each doubled quote made one.</summary>
    public static ReadOnlySpan<byte> Undouble(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var written = 0;
        while (true)
        {
            var quote = text.IndexOf((byte)'"');
            if (quote < 0)
            {
                text.CopyTo(target[written..]);
                return target[..(written + text.Length)];
            }
            text[..(quote + 1)].CopyTo(target[written..]);
            written += quote + 1;
            text = text[(quote + 2)..];
        }
    }
}
