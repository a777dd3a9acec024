using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Tests.Formats.Debezium;

/// <summary>What is left of each captured table after its events were replayed by key, against the table as it ended.</summary>
public class CapturedReplayTests
{
    [Fact]
    public void Each_captured_table_ends_as_it_did_but_for_what_cannot_be_known()
    {
        if (Captured.Root is not { } root) return;
        var found = new StringBuilder();
        foreach (var table in CapturedTable.All())
        {
            using var batch = Captured.Decode(table.PathOf(root), table.Columns, table.Units, table.Key);
            foreach (var letter in batch.DeadLetters) found.AppendLine(CultureInfo.InvariantCulture, $"{table.Name}: {letter.Reason}");
            var rows = table.Key.Length == 0 ? Unkeyed(batch) : Replay(table, batch);
            foreach (var difference in Differences(table, rows, File.ReadAllLines(table.FinalOf(root)))) found.AppendLine(CultureInfo.InvariantCulture, $"{table.Name}: {difference}");
        }
        // Why each cannot be known stands above it.
        var known = File.ReadAllLines(Captured.Beside("unrecoverable.txt")).Where(line => line.Length > 0 && line[0] != '#');
        Assert.Equal(known.Order(StringComparer.Ordinal), found.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    /// <summary>The last value wins, what was not sent is the last one's, a truncate empties, tombstones say nothing.</summary>
    private static List<string?[]> Replay(CapturedTable captured, SourceBatch batch)
    {
        var table = new Dictionary<string, string?[]>();
        var unavailable = batch.Changes!.Unavailable.ToHashSet();
        for (var i = 0; i < batch.Changes.Events.Count; i++)
        {
            var change = batch.Changes.Events[i];
            var key = batch.Changes.Keys.IsNull(i) ? "" : Convert.ToHexString(batch.Changes.Keys[i]);
            if (change.Kind == ChangeKind.Truncate) table.Clear();
            else if (change.Kind == ChangeKind.Delete) table.Remove(key);
            else if (change.After >= 0)
            {
                var old = table.GetValueOrDefault(key);
                table[key] = [.. Enumerable.Range(0, batch.Batch.Schema.Count).Select(c => unavailable.Contains((change.After, c)) ? old?[c] ?? "(not sent)" : Plain(captured, batch.Batch.Schema[c].Name, Show(batch.Batch[c], change.After)))];
            }
        }
        return [.. table.Values];
    }

    /// <summary>Without a key one of the rows that are like the old image changes.</summary>
    private static List<string?[]> Unkeyed(SourceBatch batch)
    {
        var rows = new List<string?[]>();
        foreach (var change in batch.Changes!.Events)
        {
            string?[] Row(int row) => [.. batch.Batch.Columns.ToArray()[..^1].Select(c => Show(c, row))];
            if (change.Before >= 0)
            {
                Assert.True(change.BeforeIsWhole);
                var before = Row(change.Before);
                rows.RemoveAt(rows.FindIndex(r => r.SequenceEqual(before)));
            }
            if (change.After >= 0) rows.Add(Row(change.After));
        }
        return rows;
    }

    private static IEnumerable<string> Differences(CapturedTable table, List<string?[]> rows, string[] final)
    {
        var keys = table.Key.Length == 0 ? [.. Enumerable.Range(0, table.Columns.Count)] : table.Key.Select(table.Columns.IndexOf).ToArray();
        string KeyOf(string?[] row) => string.Join(",", keys.Select(k => row[k]));
        var expected = final.Select(line => Expected(table, line)).ToList();
        foreach (var row in rows.Where(r => !expected.Any(e => KeyOf(e) == KeyOf(r)))) yield return $"{KeyOf(row)} is still there";
        foreach (var row in expected)
        {
            if (rows.FirstOrDefault(r => KeyOf(r) == KeyOf(row)) is not { } other)
            {
                yield return $"{KeyOf(row)} is missing";
                continue;
            }
            for (var c = 0; c < row.Length; c++)
            {
                if (row[c] != other[c]) yield return $"{KeyOf(row)} {table.Columns[c].Name}: {Short(other[c])}, not {Short(row[c])}";
            }
        }
        if (rows.Count != expected.Count) yield return $"{rows.Count} rows, not {expected.Count}";

        static string Short(string? value) => value is null ? "null" : value.Length > 40 ? value[..40] + "…" : value;
    }

    private static string? Show(Column column, int row)
    {
        if (column.IsNull(row)) return null;
        return column switch
        {
            DoubleColumn doubles => doubles[row].ToString("R", CultureInfo.InvariantCulture),
            BooleanColumn flags => flags[row] == 1 ? "true" : "false",
            BytesColumn bytes when column.Type.Kind == TypeKind.Bytes => Convert.ToHexString(bytes[row]),
            BytesColumn nested when column.Type.Kind != TypeKind.String => Dense(nested.GetString(row)!),
            Int64Column dates when column.Type.Kind == TypeKind.Date => EventTime.Format(dates[row] * EventTime.Day)[..10],
            _ => Values.Show(column, row),
        };
    }

    /// <summary>JSON texts in one form: the truth has a string in them without its quotes, and a null like one of the table.</summary>
    private static string? Plain(CapturedTable table, string name, string? value)
    {
        if (value is not null && IsBinary(name)) return name.Contains("bit", StringComparison.Ordinal) ? value.TrimEnd('0') : value.ToUpperInvariant();
        if (value is null || !table.IsPostgres || !IsJson(name)) return value;
        using var json = JsonDocument.Parse(value);
        return json.RootElement.ValueKind switch { JsonValueKind.Null => null, JsonValueKind.String => json.RootElement.GetString(), _ => Dense(value) };
    }

    /// <summary>A line of the table as it ended, in the forms of <see cref="Show"/>.</summary>
    private static string?[] Expected(CapturedTable table, string line)
    {
        using var json = JsonDocument.Parse(line);
        return [.. table.Columns.Fields.Select(f => json.RootElement.TryGetProperty(f.Name, out var value) ? Expected(table, f, value) : null)];
    }

    private static string? Expected(CapturedTable table, Field field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        if (table.IsPostgres && IsJson(field.Name) && value.ValueKind != JsonValueKind.String) return Dense(value.GetRawText());
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        switch (field.Type.Kind)
        {
            case TypeKind.Decimal:
                var digits = text.Replace("$", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal);
                return Decimal128.TryParseExact(Encoding.UTF8.GetBytes(digits), 38, field.Type.Scale, out var unscaled) ? Decimal128.Format(unscaled, field.Type.Scale) : digits;
            case TypeKind.Double:
                return double.Parse(text.Replace("$", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
            case TypeKind.Boolean:
                return text is "true" or "1" ? "true" : text is "false" or "0" ? "false" : text;
            case TypeKind.Bytes:
            case TypeKind.String when IsBinary(field.Name):
                return Bytes(field.Name, text);
            case TypeKind.Timestamp or TypeKind.TimestampTz:
                return Iso8601.TryParse(Encoding.UTF8.GetBytes(text), out var micros, out _) ? EventTime.Format(micros) : text;
            case TypeKind.Array:
                return Dense(text);
            default:
                return text;
        }
    }

    /// <summary>Columns of JSON, which the truth shows as what it is; Maria's as its text.</summary>
    private static bool IsJson(string column) => column is "address" or "meta" or "c_json" or "c_jsonb" or "c_hstore";

    /// <summary>Bytes in hexadecimal. Bits are little-endian without zeros at their end; the truth has their number, or its binary digits.</summary>
    private static string Bytes(string column, string text)
    {
        if (!column.Contains("bit", StringComparison.Ordinal)) return (text.StartsWith("\\x", StringComparison.Ordinal) ? text[2..] : text).ToUpperInvariant();
        var number = column is "c_bit12" or "c_varbit" ? text.Aggregate(BigInteger.Zero, (n, digit) => n * 2 + (digit - '0')) : BigInteger.Parse(text, CultureInfo.InvariantCulture);
        return Convert.ToHexString(number.ToByteArray(isUnsigned: true)).TrimEnd('0');
    }

    private static bool IsBinary(string column) => column is "c_bit8" or "c_bit40" or "c_bit12" or "c_varbit" or "c_binary" or "c_varbinary" or "c_blob" or "c_bytea";

    private static string Dense(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement);
    }
}
