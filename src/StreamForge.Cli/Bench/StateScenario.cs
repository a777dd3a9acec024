using System.Diagnostics;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>state</c>: what keys cost. One event a key gives each a live tile of every series (1m, 30m, 1h); then the state is written as a checkpoint and read back.
/// The first engine's last checkpoint is of everything; an engine that goes on from it, finds one more event and ends, takes one of that key alone.
/// </summary>
internal sealed class StateScenario : IBenchScenario
{
    private const int FullKeys = 1_000_000;
    private const int PlainWrites = 3;
    private const string Data = "state";

    /// <summary>All events lie within this stretch of event time, so that no tile expires.</summary>
    private const long Spread = 10 * EventTime.Second;

    public const long Start = 1_704_067_200_000_000; // 2024-01-01T00:00:00Z

    public const string Pipeline = """
        metadata: {name: bench_state}
        sources:
          events:
            type: files
            path: events.jsonl
            format: json
            schema: [{name: k, type: string}, {name: v, type: double}, {name: t, type: timestamptz}]
            event_time: t
        features:
          - view: keys
            input: events
            entity: [k]
            windows: [1m, 30m, 1h]
            aggregates:
              - {name: n, function: count}
              - {name: total, function: sum, of: v}
              - {name: top, function: max, of: v}
        """;

    public string Name => "state";

    public string Summary => "1 million keys with three live tiles of three aggregates: bytes a key, checkpoint and restore";

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var keys = Math.Max(1, (int)(FullKeys * context.Scale));
        context.Progress($"writing an event for each of {keys:N0} keys (not counted)");
        var events = Path.Combine(context.WorkDirectory, "events.jsonl");
        await WriteAsync(events, keys, cancellation);
        context.Progress("filling the stores");
        var filled = await RunEngineAsync(context, cancellation);
        GC.Collect();
        context.Progress("restoring the checkpoint and taking another");
        await File.AppendAllTextAsync(events, Line(keys - 1, keys), cancellation);
        var restored = await RunEngineAsync(context, cancellation);
        if (restored.Checkpoint == filled.Checkpoint) throw new InvalidOperationException("The restored engine took no checkpoint.");
        context.Progress("writing as many bytes plainly");
        var plain = double.MaxValue;
        for (var i = 0; i < PlainWrites; i++)
        {
            var path = Path.Combine(context.WorkDirectory, $"plain-{i}.bin");
            plain = Math.Min(plain, await Task.Run(() => PlainWrite(path, filled.Last.Written, cancellation), cancellation));
        }
        return new BenchReport(
        [
            new("keys", filled.Keys, "keys"),
            new("bytes_per_key", filled.Bytes / (double)filled.Keys, "bytes", 300, GoalIsLimit: true),
            new("bytes_per_key_restored", restored.Bytes / (double)restored.Keys, "bytes"),
            new("resident_memory", filled.Resident / (double)(1 << 20), "MiB"),
            new("fill_keys_per_second", filled.Keys / filled.Running, "keys/s"),
            new("checkpoint_bytes", filled.Last.Written, "bytes"),
            new("checkpoint_bytes_per_key", filled.Last.Written / (double)filled.Keys, "bytes"),
            new("checkpoint_seconds", filled.Last.Seconds, "s"),
            new("plain_write_seconds", plain, "s"),
            new("checkpoint_to_plain_write", filled.Last.Seconds / plain, "ratio"),
            new("changed_checkpoint_bytes", restored.Last.Written, "bytes"),
            new("changed_checkpoint_seconds", restored.Last.Seconds, "s"),
            EngineRun.PeakResidentMeasure,
            new("restored_keys", restored.Keys, "keys"),
            new("restore_seconds", restored.Opening, "s"),
            new("restore_keys_per_second", restored.Keys / restored.Opening, "keys/s"),
        ])
        {
            Plots = [new("bytes a key", ["bytes_per_key", "bytes_per_key_restored", "checkpoint_bytes_per_key"]), new("seconds", ["checkpoint_seconds", "plain_write_seconds", "changed_checkpoint_seconds", "restore_seconds"])],
            Notes =
            [
                "bytes_per_key counts all memory of the stores: pages with their unused regions, and the indexes.",
                "checkpoint_to_plain_write: how much longer a checkpoint takes than writing and syncing as many bytes to one new file in the same folder, the best of three.",
            ],
        };
    }

    private sealed record Run(long Keys, long Bytes, long Checkpoint, Checkpointed Last, double Opening, double Running, long Resident);

    private static async Task<Run> RunEngineAsync(BenchContext context, CancellationToken cancellation)
    {
        var log = new CheckpointLog();
        await using var opened = await BenchEngine.OpenAsync(context.WorkDirectory, Data, Pipeline, bounded: true, cancellation, log);
        var started = Stopwatch.GetTimestamp();
        await opened.Engine.RunAsync(cancellation);
        var running = Stopwatch.GetElapsedTime(started);
        cancellation.ThrowIfCancellationRequested();
        var status = opened.Engine.Status();
        return new Run(status.Views[0].Keys, status.Views[0].Bytes, status.Checkpoint, log.Taken[^1], opened.Opening.TotalSeconds, running.TotalSeconds, Environment.WorkingSet);
    }

    public static async Task WriteAsync(string path, int keys, CancellationToken cancellation)
    {
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 20);
        for (var i = 0; i < keys; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            await file.WriteAsync(Line(i, keys));
        }
    }

    public static string Line(int key, int keys) => $$"""{"k":"user-{{key}}","v":{{key % 1000}}.25,"t":"{{EventTime.Format(Start + Spread * key / keys)}}"}""" + "\n";

    /// <summary>With blocking writes in blocks of 1 MiB, as a checkpoint is written.</summary>
    private static double PlainWrite(string path, long bytes, CancellationToken cancellation)
    {
        var block = new byte[1 << 20];
        new Random(1).NextBytes(block);
        var started = Stopwatch.GetTimestamp();
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var left = bytes; left > 0; left -= block.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            file.Write(block.AsSpan(0, (int)Math.Min(left, block.Length)));
        }
        file.Flush(flushToDisk: true);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
