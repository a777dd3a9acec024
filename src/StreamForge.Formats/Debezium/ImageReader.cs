using StreamForge.Formats.Json;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// Reads row images, JSON objects whose form has been checked, into columns: each becomes one row or none. Fields that no column wants are skipped; a field that is missing is null. For one thread.
/// </summary>
internal sealed class ImageReader(RowBuilder rows)
{
    private readonly FieldNames _names = new(rows.Schema.Fields.Select(field => field.Name));
    private readonly JsonValue _values = new();
    private List<(int Row, int Column)>? _unavailable;

    public RowBuilder Rows => rows;

    /// <summary>Values since <see cref="Begin"/> that were placeholders, by row, then column; null for none.</summary>
    public List<(int Row, int Column)>? Unavailable => _unavailable;

    /// <summary>Starts new columns.</summary>
    public void Begin(int capacity)
    {
        rows.Begin(capacity);
        _unavailable = null;
    }

    /// <summary>Reads the image at <paramref name="image"/>.</summary>
    /// <param name="schema">What its record's schema says; null where it has none.</param>
    /// <param name="placeholders">Whether the row holds placeholders.</param>
    /// <returns>null, or why it does not fit; then no column has changed.</returns>
    public string? Read(ReadOnlySpan<byte> data, Extent image, BoundSchema? schema, out bool placeholders)
    {
        var before = _unavailable?.Count ?? 0;
        var wrong = ReadObject(data, image, schema, out var values);
        placeholders = false;
        if (wrong is null)
        {
            rows.EndRow(values);
            placeholders = _unavailable is not null && _unavailable.Count > before;
            if (placeholders && _unavailable!.Count > before + 1) _unavailable.Sort(before, _unavailable.Count - before, null);
            return null;
        }
        rows.DropRow();
        _unavailable?.RemoveRange(before, _unavailable.Count - before);
        return wrong;
    }

    private string? ReadObject(ReadOnlySpan<byte> data, Extent image, BoundSchema? schema, out int values)
    {
        values = 0;
        var end = image.End;
        var i = JsonScanner.SkipBlanks(data, image.Start + 1, end);
        if (data[i] == '}') return null;
        var writers = rows.Writers;
        for (var field = 0; ; field++)
        {
            if (!_names.TryGuess(data, ref i, end, field, out var column) && _names.Read(data, ref i, end, field, out column) is { } noName) return noName;
            string? wrong;
            if (column < 0)
            {
                wrong = JsonScanner.SkipValue(data, ref i, end, depth: 1);
            }
            else
            {
                var writer = writers[column];
                if (writer.Column.Count > rows.Count) return $"duplicate field '{writer.Field.Name}'";
                wrong = _values.Read(data, ref i, end, writer, schema is null ? default : schema[column]);
                values++;
                if (_values.IsUnavailable) (_unavailable ??= []).Add((rows.Count, column));
            }
            if (wrong is not null) return wrong;
            i = JsonScanner.SkipBlanks(data, i, end);
            if (data[i] == '}') return null;
            i = JsonScanner.SkipBlanks(data, i + 1, end);
        }
    }
}
