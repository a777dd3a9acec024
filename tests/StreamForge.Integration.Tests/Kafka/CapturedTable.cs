using System.Globalization;
using System.Text.Json;

namespace StreamForge.Integration.Tests.Kafka;

/// <summary>The changes of a table as Debezium wrote them to a topic, and the table as it ended.</summary>
/// <param name="Topic">Such as <c>postgres/pgparts/pgparts.shop.orders</c>.</param>
/// <param name="Id">The primary key.</param>
/// <param name="Key">A column by which rows are counted, with its type.</param>
/// <param name="Value">A number that is added up, with its type.</param>
internal sealed record CapturedTable(string Topic, string Id, string Key, string Value)
{
    public const string Need = "data/debezium-captured";

    private static readonly JsonSerializerOptions Names = new() { PropertyNameCaseInsensitive = true };

    public string KeyName => Key.Split(' ')[0];

    public string ValueName => Value.Split(' ')[0];

    public CapturedRecord[] Records() => [.. File.ReadLines(Path.Combine(Needs.Shared, Need, Topic + ".jsonl")).Select(line => JsonSerializer.Deserialize<CapturedRecord>(line, Names)!)];

    /// <summary>The table's rows at the end, by primary key: the key that they are counted by, and the number.</summary>
    public SortedDictionary<string, (string Key, decimal? Value)> Final()
    {
        var parts = Topic.Split('/');
        var file = Path.Combine(Needs.Shared, Need, parts[0], "final", parts[2][(parts[1].Length + 1)..] + ".jsonl");
        return Rows(File.ReadLines(file).Select(Workplace.Json));
    }

    /// <summary>What rows that came and left one after another come to.</summary>
    public SortedDictionary<string, (string Key, decimal? Value)> Rows(IEnumerable<JsonElement> rows)
    {
        var table = new SortedDictionary<string, (string, decimal?)>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var id = row.GetProperty(Id).GetRawText();
            if (row.TryGetProperty("_op", out var op) && op.GetString() == "d") table.Remove(id);
            else table[id] = (Text(row.GetProperty(KeyName)), Number(row.GetProperty(ValueName)));
        }
        return table;
    }

    public static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "" : value.ToString();

    public static decimal? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : decimal.Parse(value.ToString(), CultureInfo.InvariantCulture);
}
