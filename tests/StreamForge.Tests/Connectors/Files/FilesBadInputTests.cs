using System.IO.Compression;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Tests.Connectors.Files;

public sealed class FilesBadInputTests : IDisposable
{
    private readonly FilesFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"x\":{i}}}\n"));

    [Fact]
    public async Task Gzip_that_is_cut_off_delivers_the_rows_before_it_and_one_dead_letter_and_goes_on()
    {
        var text = Lines(20_000);
        var data = FilesFolder.Gzip(text);
        _folder.Write("b.json", "{\"x\":-1}\n");
        foreach (var length in new[] { 1, 5, 12, 100, data.Length / 2, data.Length - 9, data.Length - 8, data.Length - 1 })
        {
            _folder.Write("a.json.gz", data[..length]);
            await using var run = await _folder.StartAsync("*.json*");
            await run.ReadAsync();
            var letter = Assert.Single(run.DeadLetters);
            Assert.Equal("gzip data ends early", letter.Reason);
            Assert.Equal("b.json:0 -1", run.Seen[^1]);
            var rows = run.Seen.Count - 2;
            Assert.Equal($"!a.json.gz:{Lines(rows).Length} gzip data ends early", run.Seen[^2]);
            Assert.StartsWith(Encoding.UTF8.GetString(letter.Raw), text[Lines(rows).Length..]);
            Assert.DoesNotContain((byte)'\n', letter.Raw);
            Assert.Equal(Enumerable.Range(0, rows), run.Seen.Take(rows).Select(seen => int.Parse(seen.Split(' ')[1])));
            Assert.Equal("done", run.Cursors.Last(cursor => cursor.Segment == "a.json.gz").State);
        }
    }

    [Fact]
    public async Task Gzip_that_is_damaged_is_never_taken_for_whole()
    {
        var data = FilesFolder.Gzip(Lines(3_000));
        var random = new Random(5);
        for (var i = 0; i < 400; i++)
        {
            var broken = (byte[])data.Clone();
            // Bytes 3 to 9 of the header are flags, time and system, which may be anything but the flags.
            broken[random.Next(10, data.Length)] ^= (byte)(1 << random.Next(8));
            _folder.Write("a.json.gz", broken);
            await using var run = await _folder.StartAsync("*.json*");
            await run.ReadAsync();
            Assert.Contains(run.DeadLetters, letter => letter.Reason.StartsWith("gzip data", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.SmallestSize)]
    public async Task Gzip_of_every_kind_is_read_as_the_base_library_reads_it(CompressionLevel level)
    {
        var random = new Random(9);
        var text = new StringBuilder();
        for (var i = 0; i < 40_000; i++)
        {
            var y = random.Next(4) switch { 0 => Convert.ToBase64String(Guid.NewGuid().ToByteArray()), 1 => new string('z', random.Next(400)), 2 => "the same text again and again", _ => "" };
            text.Append("{\"x\":").Append(i).Append(",\"y\":\"").Append(y).Append("\"}\n");
        }
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        var half = Array.IndexOf(bytes, (byte)'\n', bytes.Length / 2) - 3;
        _folder.Write("a.json", bytes);
        _folder.Write("a.json.gz", [.. FilesFolder.Gzip(bytes[..half], level), .. FilesFolder.Gzip([], level), .. FilesFolder.Gzip(bytes[half..], level), 0, 0, 0]);
        var plain = await _folder.ReadAsync("a.json", "x bigint, y string");
        var unzipped = await _folder.ReadAsync("a.json.gz", "x bigint, y string");
        Assert.Equal(40_000, plain.Count);
        Assert.Equal(plain, unzipped.Select(row => row.Replace("a.json.gz", "a.json")));
    }

    [Fact]
    public async Task What_is_called_gz_and_is_not_is_a_dead_letter()
    {
        _folder.Write("a.json.gz", "{\"x\":1}\n");
        _folder.Write("b.json.gz", "");
        var seen = await _folder.ReadAsync("*");
        Assert.Equal(2, seen.Count);
        Assert.StartsWith("!a.json.gz:0 gzip data is damaged: ", seen[0]);
        Assert.Equal("!b.json.gz:0 gzip data ends early", seen[1]);
    }

    [Fact]
    public async Task Zstd_is_read_and_its_damage_is_a_dead_letter()
    {
        if (!ZstdData.IsInstalled) return;
        var text = Lines(50_000);
        var data = ZstdData.Compress(text);
        _folder.Write("a.json.zst", [.. data, .. ZstdData.Compress("{\"x\":-1}\n")]);
        var seen = await _folder.ReadAsync("a.json.zst");
        Assert.Equal((50_001, $"a.json.zst:{text.Length} -1"), (seen.Count, seen[^1]));
        _folder.Write("a.json.zst", data[..(data.Length / 2)]);
        Assert.EndsWith("zstd data ends early", (await _folder.ReadAsync("a.json.zst"))[^1]);
        _folder.Write("a.json.zst", [.. data, .. "garbage"u8]);
        Assert.StartsWith($"!a.json.zst:{text.Length} zstd data is damaged: ", (await _folder.ReadAsync("a.json.zst"))[^1]);
        var broken = (byte[])data.Clone();
        broken[data.Length / 2] ^= 0x55;
        _folder.Write("a.json.zst", broken);
        Assert.Contains(await _folder.ReadAsync("a.json.zst"), line => line.StartsWith('!'));
        _folder.Write("a.json.zst", []);
        Assert.Equal(["!a.json.zst:0 zstd data ends early"], await _folder.ReadAsync("a.json.zst"));
    }

    [Fact]
    public async Task A_line_of_100_megabytes_is_one_dead_letter_and_memory_stays_bounded()
    {
        _folder.Write("a.json", [.. "{\"x\":1}\n{\"x\":\""u8, .. Enumerable.Repeat((byte)'7', 100 << 20), .. "\"}\n{\"x\":2}"u8]);
        await using var run = await _folder.StartAsync("a.json");
        var before = GC.GetAllocatedBytesForCurrentThread();
        await run.ReadAsync();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(["a.json:0 1", "a.json:104857617 2"], run.Seen.Where(line => line[0] != '!'));
        var letter = Assert.Single(run.DeadLetters);
        Assert.Equal(("a.json:8", "the record is longer than 16 MiB", DeadLetter.MaxRawBytes), (letter.Position, letter.Reason, letter.Raw.Length));
        Assert.StartsWith("{\"x\":\"777", Encoding.UTF8.GetString(letter.Raw));
        Assert.InRange(allocated, 0, 96 << 20);
    }

    [Fact]
    public async Task A_long_record_at_the_end_of_a_file_is_a_dead_letter_too()
    {
        _folder.Write("a.json", "{\"x\":\"" + new string('7', 17 << 20));
        Assert.Equal(["!a.json:0 the record is longer than 16 MiB"], await _folder.ReadAsync("a.json"));
        _folder.Write("a.json", "{\"x\":7,\"y\":\"" + new string('7', (16 << 20) - 100) + "\"}\n");
        Assert.Equal(["a.json:0 7"], await _folder.ReadAsync("a.json"));
    }

    [Fact]
    public async Task A_quote_that_nothing_closes_costs_its_own_line_only()
    {
        _folder.Write("a.csv", "x,y\n1,a\n2,\"b\n3,c\n4,d\n");
        Assert.Equal(["a.csv:4 1|a", "a.csv:13 3|c", "a.csv:17 4|d", "!a.csv:8 a quoted field is not closed before the end"], await _folder.ReadAsync("a.csv", "x bigint, y string", "csv"));
    }

    [Fact]
    public async Task A_quote_that_nothing_closes_within_16_mebibytes_costs_its_own_line_only()
    {
        var count = (18 << 20) / 16;
        _folder.Write("a.csv", "x,y\n1,\"b\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i:0000000},cccccc\n")));
        var seen = await _folder.ReadAsync("a.csv", "x bigint, y string", "csv");
        Assert.Equal("!a.csv:4 a quoted field is not closed within 16 MiB", Assert.Single(seen, line => line[0] == '!'));
        Assert.Equal(count + 1, seen.Count);
    }

    [Fact]
    public async Task Every_bad_line_is_a_dead_letter_with_its_position_and_the_good_ones_count()
    {
        var lines = new (byte[] Line, string? Reason)[]
        {
            ([.. "{\"x\":\""u8, 0xff, .. "\"}"u8], "column 'x' is not valid UTF-8"),
            ("{\"x\":123456789012345678901}"u8.ToArray(), "column 'x': '123456789012345678901' is no bigint: it is out of range"),
            ("{\"x\":1,\"x\":2}"u8.ToArray(), "duplicate field 'x'"),
            ("{\"x\":1,\"t\":\"10000-01-01T00:00:00Z\"}"u8.ToArray(), "column 't': '10000-01-01T00:00:00Z' is no timestamp: expected ISO 8601"),
            (Encoding.UTF8.GetBytes("{\"x\":" + new string('[', 600) + new string(']', 600) + "}"), "nested deeper than 512"),
            (new byte[20], "not a JSON object: it begins with byte 0x00"),
            ("{\"x\":4,\"t\":\"1066-10-14T09:00:00Z\"}"u8.ToArray(), null),
        };
        _folder.Write("a.json", [.. lines.SelectMany(line => line.Line.Append((byte)'\n'))]);
        await using var run = await _folder.StartAsync("a.json", "x bigint, t timestamp");
        await run.ReadAsync();
        var position = 0;
        foreach (var ((line, reason), letter) in lines.Where(line => line.Reason is not null).Zip(run.DeadLetters))
        {
            Assert.Equal(($"a.json:{position}", reason), (letter.Position, letter.Reason));
            Assert.Equal(line, letter.Raw);
            position += line.Length + 1;
        }
        Assert.Equal(6, run.DeadLetters.Count);
        Assert.Equal($"a.json:{position} 4|1066-10-14T09:00:00Z", run.Seen[0]);
    }
}
