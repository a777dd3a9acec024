using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using StreamForge.Connectors.Files;
using StreamForge.Core;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>
/// Puts dead letters at the end of their source's log (<see cref="ReplayLog"/>), from where the next run takes them in with the definition that it then has: as new events, judged by the watermark as all are. Those that fail again become dead
/// letters again, with their new reason. A letter is replayed once. The caller holds the data directory's lock.
/// </summary>
public static class DeadLetterReplay
{
    /// <param name="chosen">Which ones, by number in the ledger from 0 and position; all that are asked for are looked at, those that were replayed before are passed over.</param>
    /// <returns>A line for each that was looked at.</returns>
    public static ImmutableArray<ReplayedRecord> Replay(DataDirectory data, string pipeline, Func<long, string, string, bool> chosen, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(chosen);
        if (LiveDefinition.Find(data, pipeline) is not { } live) return [];
        var replayed = ReplayLog.Replayed(data, pipeline);
        var letters = new List<Letter>();
        foreach (var (number, item) in new StateAtRest(data, clock).DeadLetters(pipeline, 0, long.MaxValue / 2).Items.Index())
        {
            var letter = Letter.Parse(number, item);
            if (chosen(number, letter.Source, letter.Position) && !replayed.Contains(number)) letters.Add(letter);
        }
        var done = new List<ReplayedRecord>();
        foreach (var group in letters.GroupBy(static l => l.Source)) Append(data, live.Plan, group.Key, [.. group], done);
        return [.. done.OrderBy(static d => d.Number)];
    }

    private sealed record Letter(long Number, string Source, int Partition, string Position, byte[] Raw)
    {
        public static Letter Parse(long number, string item)
        {
            using var json = JsonDocument.Parse(item);
            var root = json.RootElement;
            var raw = root.TryGetProperty("raw_base64", out var exact) ? exact.GetBytesFromBase64() : Encoding.UTF8.GetBytes(root.GetProperty("raw").GetString()!);
            return new Letter(number, root.GetProperty("source").GetString()!, root.GetProperty("partition").GetInt32(), root.GetProperty("position").GetString()!, raw);
        }

        /// <summary>The file that a position names.</summary>
        public string Segment => Position.LastIndexOf(':') is > 0 and var colon ? Position[..colon] : Position;
    }

    private static void Append(DataDirectory data, PipelinePlan plan, string source, List<Letter> letters, List<ReplayedRecord> done)
    {
        void Refuse(IEnumerable<Letter> refused, string reason) => done.AddRange(refused.Select(l => new ReplayedRecord(l.Number, l.Source, l.Position, reason)));
        var known = plan.Sources.FirstOrDefault(s => s.Name == source);
        if (known is null || Format(known) is not { } format)
        {
            Refuse(letters, known is null ? "its source is no longer in the definition" : $"replaying events of {Describe(known)} is not supported yet");
            return;
        }
        Refuse(letters.Where(static l => l.Raw.Length >= DeadLetter.MaxRawBytes), $"only its first {DeadLetter.MaxRawBytes / 1024} KiB are kept");
        letters.RemoveAll(static l => l.Raw.Length >= DeadLetter.MaxRawBytes);
        var log = new ReplayLog(data, plan.Name, source, format);
        foreach (var file in letters.GroupBy(l => format == "csv" ? (l.Partition, l.Segment) : default))
        {
            byte[]? header = [];
            if (format == "csv")
                header = file.Key.Partition == ReplayLog.Partition ? log.HeaderOf(file.Key.Segment) : FileHeader.Read((FilesSourceOptions)known.Definition.Options, file.Key.Segment);
            if (header is null)
            {
                Refuse(file, $"the file {file.Key.Segment} is gone, and with it the names of its columns");
                continue;
            }
            log.Append(header, [.. file.Select(static l => (l.Number, l.Raw))]);
            done.AddRange(file.Select(static l => new ReplayedRecord(l.Number, l.Source, l.Position, null)));
        }
    }

    /// <summary>The form in which single events of a source can be read again; null for none.</summary>
    public static string? Format(SourcePlan source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Definition switch
        {
            { Changelog: not null } => null,
            { Options: FilesSourceOptions { Format: "csv" or "json" } files } => files.Format,
            // What Kafka says besides the value is not in the ledger.
            { Options: KafkaSourceOptions { Format: "json" }, Schema: { } declared } when source.Columns.Fields.All(c => declared.Any(d => d.Name == c.Name)) => "json",
            _ => null,
        };
    }

    private static string Describe(SourcePlan source) => source.Definition switch
    {
        { Changelog: not null } => "a changelog",
        { Options: KafkaSourceOptions { Format: "json" } } => "a topic of which columns are read that are not in its records' values, or whose schema is not declared",
        { Options: KafkaSourceOptions kafka } => $"a topic of {kafka.Format}",
        { Options: FilesSourceOptions files } => $"{files.Format} files",
        _ => "this type of source",
    };
}
