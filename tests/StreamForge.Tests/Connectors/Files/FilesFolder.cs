using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using StreamForge.Connectors.Files;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Tests.Formats;

namespace StreamForge.Tests.Connectors.Files;

/// <summary>A folder of its own for a test, and readers of what is in it.</summary>
internal sealed class FilesFolder : IDisposable
{
    private static readonly SourceLocation Nowhere = new("pipeline.yaml", 1, 1);

    public string Path { get; } = Directory.CreateTempSubdirectory("streamforge-files-").FullName;

    public List<string> Warnings { get; } = [];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
    }

    public void Append(string name, string text) => File.AppendAllText(this[name], text);

    public static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    public static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, level)) gzip.Write(bytes);
        return memory.ToArray();
    }

    public Task<FilesSource> OpenAsync(string glob, string columns = "x bigint", string format = "json", string? eventTime = null)
    {
        ImmutableArray<SchemaField>? declared = columns.Length == 0 ? null : [.. columns.Split(", ").Select(Declared)];
        var located = eventTime is null ? null : new LocatedText(eventTime, Nowhere, [1]);
        return FilesSource.OpenAsync("s", new FilesSourceOptions(this[glob], format), declared, located, TimeZoneInfo.Utc, default, new ImpatientClock(), Warnings.Add);
    }

    /// <summary>A reader of all columns.</summary>
    public async Task<FilesRun> StartAsync(string glob, string columns = "x bigint", string format = "json", PartitionCursor? from = null, bool bounded = true, int maxRows = 1000)
    {
        var source = await OpenAsync(glob, columns, format);
        return new FilesRun(source.Open(source.Partitions[0], from ?? PartitionCursor.Start, new ReadRequest(source.Schema, maxRows, bounded)));
    }

    /// <summary>Reads to the end: rows as <c>file:position value|value</c>, dead letters as <c>!file:position reason</c>.</summary>
    public async Task<List<string>> ReadAsync(string glob, string columns = "x bigint", string format = "json", PartitionCursor? from = null, int maxRows = 1000)
    {
        await using var run = await StartAsync(glob, columns, format, from, bounded: true, maxRows);
        Assert.Equal(ReadState.Finished, await run.ReadAsync());
        return run.Seen;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static SchemaField Declared(string column)
    {
        var parts = column.Split(' ');
        Assert.True(DataType.TryParse(parts[1], out var type));
        return new SchemaField(parts[0], type, 0, Nowhere);
    }
}

/// <summary>What one reader has delivered.</summary>
internal sealed class FilesRun(IPartitionReader reader) : IAsyncDisposable
{
    public List<string> Seen { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public List<PartitionCursor> Cursors { get; } = [];

    public List<int> BatchSizes { get; } = [];

    public IPartitionReader Reader => reader;

    /// <summary>Reads until there is nothing now, or nothing any more.</summary>
    public async Task<ReadState> ReadAsync()
    {
        while (true)
        {
            var result = await reader.ReadAsync(CancellationToken.None);
            if (result.State != ReadState.Batch) return result.State;
            using var batch = result.Batch!;
            Take(batch);
        }
    }

    public void Take(SourceBatch batch)
    {
        var rows = batch.Batch;
        for (var row = 0; row < rows.Count; row++)
        {
            var place = rows.Origin.Describe(rows.Headers.Positions[row]);
            var values = new List<string>();
            foreach (var column in rows.Columns) values.Add(Values.Show(column, row));
            Seen.Add($"{place} {string.Join('|', values)}");
        }
        foreach (var letter in batch.DeadLetters) Seen.Add($"!{letter.Position} {letter.Reason}");
        DeadLetters.AddRange(batch.DeadLetters);
        Cursors.Add(batch.Next);
        BatchSizes.Add(rows.Count);
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}

/// <summary>A clock whose every wait is over at once.</summary>
internal sealed class ImpatientClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Fired();
        if (dueTime != Timeout.InfiniteTimeSpan) ThreadPool.UnsafeQueueUserWorkItem(_ => callback(state), null);
        return timer;
    }

    private sealed class Fired : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
