using System.Runtime.CompilerServices;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;

namespace StreamForge.Tests.Formats.Debezium;

/// <summary>The records that were captured from running databases, where this machine has them.</summary>
internal static class Captured
{
    /// <summary>The folder of the captures beside the repository; null where it is not there.</summary>
    public static string? Root { get; } = Find("debezium-captured");

    /// <summary>The folder of the samples; null where it is not there.</summary>
    public static string? Samples { get; } = Find("debezium");

    /// <summary>Decodes all lines of a file.</summary>
    /// <param name="columns">The columns to read; null for those that are found.</param>
    public static SourceBatch Decode(string path, Schema? columns = null, IEnumerable<long>? units = null, params string[] key) => Decode(File.ReadAllBytes(path), columns ?? Infer(path), units, key);

    public static SourceBatch Decode(byte[] bytes, Schema columns, IEnumerable<long>? units, params string[] key)
    {
        var decoder = new DebeziumDecoder(columns, [.. key.Select(k => columns.Find(k)!)], DecodeOptions.Default with { Units = units is null ? [] : [.. units] });
        var reader = new DebeziumLinesReader(decoder);
        var builder = new ChangeBatchBuilder(decoder, new Schema(columns.Fields.Add(new Field(DebeziumDecoder.EventTimeColumn, DataType.TimestampTz))));
        builder.Begin(new BatchOrigin(new PartitionId("s", 0), "file"), bytes, 10_000);
        for (var start = 0; start < bytes.Length;)
        {
            var outcome = reader.Read(bytes, start, bytes.Length, final: true, out var next, out var reason);
            if (outcome == RecordOutcome.Row) builder.AddRow(start, start, next);
            if (reason is not null) builder.AddDeadLetter(start, reason, bytes.AsSpan(start, next - start));
            start = next;
        }
        return builder.Build(new PartitionCursor("file", bytes.Length), bytes.Length, release: null);
    }

    public static Schema Infer(string path)
    {
        var inference = new DebeziumInference();
        var bytes = File.ReadAllBytes(path);
        for (var start = 0; start < bytes.Length;)
        {
            inference.Read(bytes, start, bytes.Length, final: true, out var next);
            start = next;
        }
        return inference.Finish(eventTime: null);
    }

    /// <summary>A file that stands beside this one.</summary>
    public static string Beside(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);

    private static string? Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "..", "shared", "data", name);
            if (Directory.Exists(shared)) return Path.GetFullPath(shared);
        }
        return null;
    }
}
