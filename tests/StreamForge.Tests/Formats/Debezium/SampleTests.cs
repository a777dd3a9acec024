using System.Text;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;

namespace StreamForge.Tests.Formats.Debezium;

/// <summary>Samples of other projects' tests and of the documentation: each is decoded, or refused with a reason that names what it is.</summary>
public class SampleTests
{
    [Theory]
    [InlineData("flink_json/debezium-postgres-data-schema-exclude.txt", "r9 c2 u4 d1", 0)]
    [InlineData("flink_json/debezium-postgres-data-schema-include.txt", "r9 c2 u4 d1", 0)]
    [InlineData("paimon/kafka/debezium/table/schema/include/debezium-data-1.txt", "c1", 17)]
    [InlineData("paimon/kafka/debezium/table/schemaevolution/debezium-data-1.txt", "c2", 17)]
    [InlineData("paimon/kafka/debezium/table/nestedtype/debezium-data-1.txt", "c1", 17)]
    [InlineData("paimon/kafka/debezium/table/nullvalue/debezium-data-2.txt", "c1", 17)]
    public void Lines_of_other_projects_tests_are_decoded(string name, string kinds, int comments)
    {
        if (Captured.Samples is not { } root) return;
        using var batch = Captured.Decode(Path.Combine(root, name));
        Assert.Equal(kinds, Kinds(batch.Changes!));
        Assert.Equal(comments, batch.DeadLetters.Count);
    }

    [Fact]
    public void Whole_files_of_one_event_are_decoded_or_refused()
    {
        if (Captured.Samples is not { } root) return;
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(root, "*.json", SearchOption.AllDirectories).Where(p => p.Contains("serde", StringComparison.Ordinal) || p.Contains("unwrap", StringComparison.Ordinal)))
            found[Path.GetFileName(path)] = Outcome(File.ReadAllBytes(path));
        foreach (var path in Directory.GetFiles(Path.Combine(root, "debezium-docs"), "*.jsonl"))
        {
            var lines = File.ReadAllLines(path);
            for (var i = 0; i < lines.Length; i++) found[$"{Path.GetFileName(path)}:{i + 1}"] = Outcome(Encoding.UTF8.GetBytes(lines[i]));
        }
        var expected = File.ReadAllLines(Captured.Beside("samples.txt")).Where(l => l.Length > 0 && l[0] != '#');
        Assert.Equal(expected, found.Select(f => $"{f.Key}: {f.Value}"));
    }

    private static string Outcome(byte[] value)
    {
        var inference = new DebeziumInference();
        inference.TryValue(value);
        var columns = inference.Finish(eventTime: null);
        var decoder = new DebeziumDecoder(columns, [], DecodeOptions.Default);
        decoder.Begin(1);
        var reason = decoder.Decode(new DebeziumRecord(value, 0, value.Length, default, 0, 0));
        return reason ?? $"{decoder.Rows} rows, passed over {decoder.PassedOver}: {columns}";
    }

    private static string Kinds(ChangeEvents changes) =>
        string.Join(" ", changes.Events.GroupBy(e => e.Kind).OrderBy(g => "rcud".IndexOf(Letter(g.Key), StringComparison.Ordinal)).Select(g => $"{Letter(g.Key)}{g.Count()}"));

    private static char Letter(ChangeKind kind) => kind switch { ChangeKind.Read => 'r', ChangeKind.Create => 'c', ChangeKind.Update => 'u', _ => 'd' };
}
