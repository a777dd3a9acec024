using System.Text.RegularExpressions;
using StreamForge.Core;

namespace StreamForge.Tests.Formats.Debezium;

public partial class CapturedCountsTests
{
    [Fact]
    public void Each_captured_file_has_as_many_events_of_each_kind_as_its_description_says()
    {
        if (Captured.Root is not { } root) return;
        var described = 0;
        foreach (Match row in Row().Matches(File.ReadAllText(Path.Combine(root, "README.md"))))
        {
            var name = row.Groups["name"].Value;
            var path = Directory.GetFiles(root, name.Split('/')[1] + ".jsonl", SearchOption.AllDirectories).Single(f => Path.GetFileName(Path.GetDirectoryName(f)) == name.Split('/')[0]);
            var counts = row.Groups["counts"].Value.Split('|', StringSplitOptions.TrimEntries);
            var other = Other().Matches(counts[8]).Select(m => (Count: int.Parse(m.Groups["count"].Value), What: m.Groups["what"].Value)).ToArray();
            int[] expected =
            [
                .. counts[1..7].Select(c => c.Length == 0 ? 0 : int.Parse(c)),
                (counts[7].Length == 0 ? 0 : int.Parse(counts[7])) + other.Where(o => o.What is not ("row" or "text null")).Sum(o => o.Count),
                other.Where(o => o.What == "row").Sum(o => o.Count),
            ];
            expected[4] += other.Where(o => o.What == "text null").Sum(o => o.Count);

            using var batch = Captured.Decode(path);
            var events = batch.Changes!.Events;
            int Of(ChangeKind kind) => events.Count(e => e.Kind == kind);
            int[] found = [Of(ChangeKind.Read), Of(ChangeKind.Create), Of(ChangeKind.Update), Of(ChangeKind.Delete), Of(ChangeKind.Tombstone), Of(ChangeKind.Truncate), Of(ChangeKind.Other), batch.DeadLetters.Count];
            Assert.True(expected.SequenceEqual(found), $"{name}: {string.Join(' ', expected)}, not {string.Join(' ', found)}; {(batch.DeadLetters.Count > 0 ? batch.DeadLetters[0].Reason : "")}");
            Assert.All(batch.DeadLetters, l => Assert.StartsWith("no change event: it has no 'op'; where ExtractNewRecordState", l.Reason));
            described++;
        }
        Assert.Equal(Directory.GetFiles(root, "*.jsonl", SearchOption.AllDirectories).Count(f => Path.GetFileName(Path.GetDirectoryName(f)) != "final"), described);
    }

    [GeneratedRegex(@"^\| (?<name>\w+/\S+) \| (?<counts>.*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"(?<count>\d+) (?<what>[a-zA-Z ]+)")]
    private static partial Regex Other();
}
