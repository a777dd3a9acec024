using StreamForge.Core;

namespace StreamForge.Tests.Connectors.Files;

public sealed class FilesFollowingTests : IDisposable
{
    private readonly FilesFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_grows_is_followed_and_its_unfinished_line_waited_for()
    {
        _folder.Write("a.json", "{\"x\":1}\n{\"x\":");
        await using var run = await _folder.StartAsync("*.json", bounded: false);
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Equal(["a.json:0 1"], run.Seen);
        _folder.Append("a.json", "2}");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Single(run.Seen);
        _folder.Append("a.json", "\n{\"x\":3}\n");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Equal(["a.json:0 1", "a.json:8 2", "a.json:16 3"], run.Seen);
        Assert.Equal(new PartitionCursor("a.json", 24), run.Cursors[^1]);
    }

    [Fact]
    public async Task A_successor_ends_the_file_before_it()
    {
        _folder.Write("a.json", "{\"x\":1}");
        await using var run = await _folder.StartAsync("*", bounded: false);
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Empty(run.Seen);
        _folder.Write("b.json.gz", FilesFolder.Gzip("{\"x\":2}"));
        _folder.Write("c.json", "{\"x\":3}\n{");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Equal(["a.json:0 1", "b.json.gz:0 2", "c.json:0 3"], run.Seen);
    }

    [Fact]
    public async Task Files_may_come_later_than_the_reader()
    {
        await using var run = await _folder.StartAsync("*.csv", "x bigint", "csv", bounded: false);
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        _folder.Write("a.csv", "");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        _folder.Append("a.csv", "y,");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        _folder.Append("a.csv", "x\n1,\"2");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        _folder.Append("a.csv", "\"\n");
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Equal(["a.csv:4 2"], run.Seen);
    }

    [Fact]
    public async Task What_comes_too_late_is_told_once_and_not_read()
    {
        _folder.Write("b.json", "{\"x\":1}\n");
        _folder.Write("c.json", "{\"x\":2}\n");
        await using var run = await _folder.StartAsync("*.json", bounded: false);
        await run.ReadAsync();
        _folder.Write("a.json", "{\"x\":3}\n");
        _folder.Append("b.json", "{\"x\":4}\n");
        _folder.Write("d.json", "{\"x\":5}\n");
        await run.ReadAsync();
        await run.ReadAsync();
        _folder.Write("e.json", "{\"x\":6}\n");
        await run.ReadAsync();
        Assert.Equal(["b.json:0 1", "c.json:0 2", "d.json:0 5", "e.json:0 6"], run.Seen);
        Assert.Equal(2, _folder.Warnings.Count);
        Assert.StartsWith($"{_folder["a.json"]} is not read: it came after c.json", _folder.Warnings[0]);
        Assert.StartsWith($"{_folder["b.json"]} has grown after it was read", _folder.Warnings[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_compressed_file_that_is_still_being_written_is_read_on(bool zstd)
    {
        if (zstd && !ZstdData.IsInstalled) return;
        var text = string.Concat(Enumerable.Range(0, 2000).Select(i => $"{{\"x\":{i}}}\n"));
        var data = zstd ? ZstdData.Compress(text) : FilesFolder.Gzip(text);
        var name = zstd ? "a.json.zst" : "a.json.gz";
        _folder.Write(name, []);
        await using var run = await _folder.StartAsync("*.json*", bounded: false);
        for (var part = 0; part <= 4; part++)
        {
            _folder.Write(name, data[..(data.Length * part / 4)]);
            Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        }
        Assert.Equal(2000, run.Seen.Count);
        Assert.EndsWith(" 1999", run.Seen[^1]);
        Assert.Empty(run.DeadLetters);
    }

    [Fact]
    public async Task A_compressed_file_that_stays_cut_off_is_given_up_when_a_successor_comes()
    {
        _folder.Write("a.json.gz", FilesFolder.Gzip("{\"x\":1}\n{\"x\":2}\n")[..^4]);
        await using var run = await _folder.StartAsync("*.json*", bounded: false);
        Assert.Equal(ReadState.Nothing, await run.ReadAsync());
        Assert.Empty(run.DeadLetters);
        _folder.Write("b.json", "{\"x\":3}\n");
        await run.ReadAsync();
        Assert.Equal(["a.json.gz:0 1", "a.json.gz:8 2", "!a.json.gz:16 gzip data ends early", "b.json:0 3"], run.Seen);
    }

    [Fact]
    public async Task A_file_that_shrinks_stops_the_source()
    {
        _folder.Write("a.json", "{\"x\":1}\n{\"x\":2}\n");
        await using var run = await _folder.StartAsync("*.json", bounded: false);
        await run.ReadAsync();
        _folder.Write("a.json", "{\"x\":1}\n");
        var error = await Assert.ThrowsAsync<StreamForgeException>(run.ReadAsync);
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Contains("ends at byte 8, but it had been read to byte 16", error.Message);
    }

    [Theory]
    [InlineData("a.json", "json")]
    [InlineData("a.json.gz", "json")]
    [InlineData("a.csv", "csv")]
    [InlineData("a.csv.gz", "csv")]
    public async Task A_file_that_is_shorter_than_the_cursor_stops_the_source(string name, string format)
    {
        var text = format == "csv" ? "x\n1\n2\n" : "{\"x\":1}\n{\"x\":2}\n";
        _folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? FilesFolder.Gzip(text) : System.Text.Encoding.UTF8.GetBytes(text));
        foreach (var bounded in new[] { true, false })
        {
            await using var run = await _folder.StartAsync(name, format: format, from: new PartitionCursor(name, 100), bounded: bounded);
            var error = await Assert.ThrowsAsync<StreamForgeException>(run.ReadAsync);
            Assert.Equal(ErrorKind.DataLoss, error.Kind);
            Assert.Contains($"ends at byte {text.Length}, but it had been read to byte 100", error.Message);
        }
    }

    [Fact]
    public async Task A_file_that_vanished_before_the_cursor_was_reached_stops_the_source()
    {
        _folder.Write("b.json", "{\"x\":1}\n");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.ReadAsync("*.json", from: new PartitionCursor("a.json", 8)));
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.StartsWith("source s: a.json is no longer among the files of", error.Message);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        _folder.Write("a.json", "");
        await using var run = await _folder.StartAsync("*.json", bounded: false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Reader.ReadAsync(new CancellationToken(canceled: true)).AsTask());
    }
}
