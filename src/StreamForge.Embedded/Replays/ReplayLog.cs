using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Replays;

/// <summary>
/// The events of a source that are to be taken in once more: <c>replay/PIPELINE/SOURCE/</c>, files in the form of the source's own, read in the order of their names as one more partition of the source. So they stand behind
/// everything that the source brings, and are taken in exactly once as all of it is: by positions in checkpoints.
/// <para>
/// A file is written whole and never changed. Beside it, <c>marks/</c> says which records of the ledger its events are; that file is written first, and counts once the events' file is there: its rename is the
/// step that counts, so that an event is marked and in the log, or neither.
/// </para>
/// </summary>
internal sealed class ReplayLog
{
    /// <summary>The number that the log has among its source's partitions: far above those that any source has.</summary>
    public const int Partition = 1_000_000;

    private readonly string _folder;
    private readonly string _extension;

    /// <param name="format">The source's: csv or json.</param>
    public ReplayLog(DataDirectory data, string pipeline, string source, string format)
    {
        _folder = Path.Combine(Root(data, pipeline), source);
        _extension = "." + format;
    }

    /// <summary>The path that a source of files reads it by.</summary>
    public string Glob => Path.Combine(_folder, "*" + _extension);

    /// <summary>Whether there is anything in it.</summary>
    public bool Exists => Directory.Exists(_folder) && Directory.EnumerateFiles(_folder, "*" + _extension).Any();

    private static string Root(DataDirectory data, string pipeline) => Path.Combine(data.Path, "replay", pipeline);

    /// <summary>Adds events behind those that are there; durable on return.</summary>
    /// <param name="header">What stands before the first, such as a CSV file's names of columns.</param>
    /// <param name="events">Number in the ledger and bytes of each.</param>
    public void Append(ReadOnlySpan<byte> header, IReadOnlyList<(long Number, byte[] Raw)> events)
    {
        var marks = Path.Combine(_folder, "marks");
        DurableFolder.Create(marks);
        var next = Directory.EnumerateFiles(_folder, "*" + _extension).Select(NumberOf).DefaultIfEmpty(0).Max() + 1;
        var name = string.Create(CultureInfo.InvariantCulture, $"replay-{next:D8}");
        DurableFiles.Publish(Path.Combine(marks, name + ".json"), JsonSerializer.SerializeToUtf8Bytes(events.Select(static e => e.Number)));
        using var content = new MemoryStream();
        content.Write(header);
        foreach (var (_, raw) in events)
        {
            content.Write(raw);
            if (raw.Length == 0 || raw[^1] != '\n') content.WriteByte((byte)'\n');
        }
        DurableFiles.Publish(Path.Combine(_folder, name + _extension), content.ToArray());
    }

    private static long NumberOf(string path) => long.Parse(Path.GetFileNameWithoutExtension(path)["replay-".Length..], NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The records of a pipeline's dead letters that are in the log, by their numbers in the ledger from 0.</summary>
    public static ImmutableHashSet<long> Replayed(DataDirectory data, string pipeline)
    {
        var root = Root(data, pipeline);
        if (!Directory.Exists(root)) return [];
        var numbers = ImmutableHashSet.CreateBuilder<long>();
        foreach (var marks in Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).Where(static f => Path.GetFileName(Path.GetDirectoryName(f)) == "marks"))
        {
            var events = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(marks))!, Path.GetFileNameWithoutExtension(marks));
            if (File.Exists(events + ".csv") || File.Exists(events + ".json")) numbers.UnionWith(JsonSerializer.Deserialize<long[]>(File.ReadAllBytes(marks)) ?? []);
        }
        return numbers.ToImmutable();
    }

    /// <summary>The first line of one of its files; null when it is not there.</summary>
    public byte[]? HeaderOf(string segment)
    {
        var path = Path.Combine(_folder, segment);
        if (!File.Exists(path)) return null;
        var bytes = File.ReadAllBytes(path);
        return bytes.AsSpan().IndexOf((byte)'\n') is >= 0 and var end ? bytes[..(end + 1)] : null;
    }
}
