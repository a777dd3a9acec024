using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Images;
using StreamForge.Pipeline.Changes;
using StreamForge.Testing;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Changes;

/// <summary>Records of Kafka topics that Debezium has written, and the tables as they ended; they lie beside the repository.</summary>
internal static class CapturedTables
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(RepositoryFiles.Root, "..", "shared", "data", "debezium-captured"));

    public static bool AreThere => Directory.Exists(Folder);

    /// <summary>Each topic that a table went to and whose table has an end, as <c>postgres/pg/pg.shop.orders</c>.</summary>
    public static IEnumerable<string> Topics()
    {
        if (!AreThere) yield break;
        foreach (var database in (string[])["postgres", "mariadb"])
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, database), "*.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var topic = Path.GetRelativePath(Folder, file)[..^".jsonl".Length];
                if (topic.Split('/') is [_, not "final", _] && File.Exists(FinalFile(topic))) yield return topic;
            }
        }
    }

    private static string FinalFile(string topic) => topic.Split('/') is [var database, var connector, var name]
        ? Path.Combine(Folder, database, "final", name[Math.Min(name.Length, connector.Length + 1)..] + ".jsonl")
        : throw new ArgumentException("A topic has a database, a connector and a name.", nameof(topic));

    public static string FileOf(string topic) => Path.Combine(Folder, topic + ".jsonl");

    /// <summary>The table's rows at the end.</summary>
    public static List<JsonElement> Final(string topic) => [.. File.ReadLines(FinalFile(topic)).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>The images that are stored in the newest checkpoint.</summary>
    public static List<Dictionary<string, FeatureValue>> Images(PipelineFolder folder, string source)
    {
        var checkpoint = folder.Checkpoint.Partitions.Single(p => p.Source == source).Images!;
        using var log = ImageLog.TryOpen(new DiskImageFiles(folder.Data.Images(folder.Name, new PartitionId(source, 0))), new ImageLogSettings(1 << 20), checkpoint)!;
        Assert.NotNull(log);
        var columns = ImageColumns.Parse(checkpoint.Columns);
        var codec = new ImageCodec(columns);
        var rows = new List<Dictionary<string, FeatureValue>>();
        log.Visit((_, image) =>
        {
            var values = columns.Fields.Select(f => Column.Create(f.Type, 1)).ToArray();
            codec.Append(image, values);
            rows.Add(columns.Fields.Select((f, i) => (f.Name, FeatureValue.From(values[i], 0))).ToDictionary(v => v.Name, v => v.Item2, StringComparer.Ordinal));
            foreach (var column in values) column.Release();
        });
        return rows;
    }

    /// <summary>Whether a stored value is what the table has, and null where the two are not written alike: what a value of a type means, the tests of the format say.</summary>
    public static bool? Agree(FeatureValue stored, JsonElement final)
    {
        if (final.ValueKind == JsonValueKind.Null || stored.Status != FeatureStatus.Present) return final.ValueKind == JsonValueKind.Null == (stored.Status != FeatureStatus.Present);
        return (stored.Type.Kind, final.ValueKind) switch
        {
            (TypeKind.Int or TypeKind.BigInt, JsonValueKind.Number) => stored.ToString() == final.GetRawText(),
            (TypeKind.String, JsonValueKind.String) => stored.Text == final.GetString(),
            (TypeKind.Boolean, JsonValueKind.True or JsonValueKind.False) => stored.Boolean == final.GetBoolean(),
            _ => null,
        };
    }
}

/// <summary>A theory over captured tables; skipped where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CapturedTheoryAttribute : TheoryAttribute
{
    public CapturedTheoryAttribute()
    {
        if (!CapturedTables.AreThere) Skip = $"the captured topics are not there: {CapturedTables.Folder}";
    }
}
