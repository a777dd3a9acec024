using System.IO.Compression;
using System.Text;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Faults;

/// <summary>Files that are not what they should be, through the whole engine: every bad event in the ledger with its position, every good one in the features, and no crash.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Good = """{"t": "2024-01-01T00:00:00Z", "k": "a", "x": 1}""" + "\n";

    private readonly PipelineFolder _folder = new(Pipeline("json"));

    public void Dispose() => _folder.Dispose();

    private static string Pipeline(string format, string path = "in/*") => $$"""
        metadata: {name: case}
        sources:
          s:
            type: files
            path: "{{path}}"
            format: {{format}}
            event_time: t
            watermark: {max_future: 1d, allowed_lateness: 3000d}
            schema: [{name: t, type: timestamptz}, {name: k, type: string}, {name: x, type: bigint}]
        features:
          - {view: v, input: s, entity: [k], windows: [1h, lifetime], aggregates: [{name: n, function: count}, {name: sum, function: sum, of: x}]}
        sinks:
          out: {type: files, input: s, path: out}
        """;

    /// <summary>Runs, and compares the ledger, as <c>position: what the reason holds</c>, and the rows that counted.</summary>
    private async Task AssertAsync(int good, params string[] letters)
    {
        var status = await _folder.RunAsync();
        Assert.Equal((good + letters.Length, good, letters.Length), (status.Events, status.Rows, status.DeadLetters));
        Assert.Equal(good, _folder.SinkRows().Length);
        if (good > 0) Assert.Equal(good.ToString(System.Globalization.CultureInfo.InvariantCulture), _folder.Read("v", "a")["n_lifetime"].ToString());
        foreach (var (letter, expected) in _folder.DeadLetters().Zip(letters))
        {
            var json = JsonDocument.Parse(letter).RootElement;
            var (position, reason) = (json.GetProperty("position").GetString()!, json.GetProperty("reason").GetString()!);
            var parts = expected.Split(": ", 2);
            Assert.Equal(parts[0], position);
            Assert.Contains(parts[1], reason, StringComparison.Ordinal);
        }
        // The next start has nothing to add.
        var again = await _folder.RunAsync();
        Assert.Equal((status.Events, status.DeadLetters), (again.Events, again.DeadLetters));
    }

    [Fact]
    public async Task Truncated_gzip_gives_its_whole_rows_and_one_dead_letter_and_the_next_file_is_read()
    {
        var random = new Random(3);
        var lines = string.Concat(Enumerable.Range(0, 5000).Select(_ => $$"""{"t": "2024-01-01T00:00:00Z", "k": "a", "x": {{random.Next()}}}""" + "\n"));
        var packed = Gzip(lines);
        _folder.Write("in/1.json.gz", packed.AsSpan(0, packed.Length / 2));
        _folder.Write("in/2.json", Good + Good);
        var status = await _folder.RunAsync();
        var letter = JsonDocument.Parse(Assert.Single(_folder.DeadLetters())).RootElement;
        var position = letter.GetProperty("position").GetString()!;
        Assert.StartsWith("1.json.gz:", position, StringComparison.Ordinal);
        // All before that position counted, to the byte.
        var whole = lines.AsSpan(0, int.Parse(position.AsSpan("1.json.gz:".Length), System.Globalization.CultureInfo.InvariantCulture)).Count('\n');
        Assert.InRange(whole, 500, 4500);
        Assert.Equal((whole + 3, whole + 2), (status.Events, status.Rows));
        Assert.Equal(whole + 2, _folder.Read("v", "a")["n_lifetime"].Int64);
    }

    [Fact]
    public async Task Invalid_utf8_is_a_dead_letter_where_it_is_read_and_is_kept_exactly()
    {
        byte[] bad = [.. """{"t": "2024-01-01T00:00:00Z", "k": "a"""u8, 0xC3, 0x28, .. "\", \"x\": 1}"u8];
        byte[] unread = [.. """{"t": "2024-01-01T00:00:00Z", "k": "a", "x": 1, "note": "a"""u8, 0xC3, 0x28, .. "\"}\n"u8];
        _folder.Write("in/1.json", [.. Encoding.UTF8.GetBytes(Good), .. bad, (byte)'\n', .. unread, .. Encoding.UTF8.GetBytes(Good)]);
        await AssertAsync(3, $"1.json:{Good.Length}: UTF-8");
        var letter = JsonDocument.Parse(_folder.DeadLetters()[0]).RootElement;
        Assert.Equal(bad, letter.GetProperty("raw_base64").GetBytesFromBase64());
    }

    [Fact]
    public async Task A_line_of_100_megabytes_is_one_dead_letter()
    {
        WriteLongLine();
        await AssertAsync(2, $"1.json:{Good.Length}: 16 MiB");
        Assert.InRange(new FileInfo(_folder.Data.DeadLetters("case")).Length, 1, 2 * DeadLetter.MaxRawBytes);
    }

    private void WriteLongLine()
    {
        Directory.CreateDirectory(_folder["in"]);
        using var file = File.Create(_folder["in/1.json"]);
        file.Write(Encoding.UTF8.GetBytes(Good + """{"t": "2024-01-01T00:00:00Z", "k": """ + "\""));
        var megabyte = Encoding.ASCII.GetBytes(new string('a', 1 << 20));
        for (var i = 0; i < 100; i++) file.Write(megabyte);
        file.Write(Encoding.UTF8.GetBytes("\", \"x\": 1}\n" + Good));
    }

    [Fact]
    public async Task Deep_json_is_a_dead_letter_and_no_overflowing_stack()
    {
        var deep = $$"""{"t": "2024-01-01T00:00:00Z", "k": "a", "x": 1, "deep": {{new string('[', 200_000)}}{{new string(']', 200_000)}}}""" + "\n";
        var objects = string.Concat(Enumerable.Repeat("{\"d\":", 100_000)) + "\n";
        var shallow = Good.Replace("}", $", \"deep\": {new string('[', 500)}{new string(']', 500)}}}", StringComparison.Ordinal);
        _folder.Write("in/1.json", Good + deep + objects + shallow + Good);
        await AssertAsync(3, $"1.json:{Good.Length}: 512", $"1.json:{Good.Length + deep.Length}: 512");
    }

    [Fact]
    public async Task Numbers_past_64_bits_are_dead_letters_where_they_are_read()
    {
        string[] numbers = ["9223372036854775808", "-9223372036854775809", "1e30", "123456789012345678901234567890", "1.5"];
        var lines = numbers.Select(n => Good.Replace("\"x\": 1", $"\"x\": {n}", StringComparison.Ordinal)).ToArray();
        var extremes = Good.Replace("\"x\": 1", "\"x\": 9223372036854775807", StringComparison.Ordinal) + Good.Replace("\"x\": 1", "\"x\": -9223372036854775808, \"unread\": 1e999", StringComparison.Ordinal);
        _folder.Write("in/1.json", string.Concat(lines) + extremes);
        await AssertAsync(2, [.. Positions("1.json", lines).Select(p => $"{p}: 'x'")]);
        Assert.Equal("-1", _folder.Read("v", "a")["sum_lifetime"].ToString());
    }

    [Fact]
    public async Task Dates_before_1970_count_and_those_beyond_the_calendar_or_the_future_are_dead_letters()
    {
        string[] dates = ["1969-12-31T23:59:59.999999Z", "1900-02-28T12:00:00Z", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1900-02-29T00:00:00Z", "0000-01-01T00:00:00Z"];
        var lines = dates.Select(d => Good.Replace("2024-01-01T00:00:00Z", d, StringComparison.Ordinal)).ToArray();
        _folder.Write("in/1.json", string.Concat(lines));
        var places = Positions("1.json", lines);
        // What the reader refuses stands before what the watermark's guard does, batch by batch.
        await AssertAsync(3, $"{places[3]}: 't'", $"{places[5]}: 't'", $"{places[6]}: 't'", $"{places[4]}: (max_future)");
        Assert.Equal(-1, _folder.Checkpoint.Partitions[0].NewestEvent);
        Assert.Equal("1", _folder.Read("v", "a")["n_1h"].ToString());
    }

    [Fact]
    public async Task A_name_that_occurs_twice_is_a_dead_letter_where_it_is_read()
    {
        var twice = Good.Replace("}", ", \"x\": 2}", StringComparison.Ordinal);
        _folder.Write("in/1.json", Good + twice + Good.Replace("}", ", \"y\": 2, \"y\": 3}", StringComparison.Ordinal));
        await AssertAsync(2, $"1.json:{Good.Length}: 'x'");
    }

    [Fact]
    public async Task Empty_files_are_nothing()
    {
        _folder.Write("in/1.json", "");
        _folder.Write("in/2.json", "\n\n  \r\n");
        // A gzip member of nothing; a .gz file of no bytes at all would be one that was cut off.
        _folder.Write("in/3.json.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        _folder.Write("in/4.json", "\uFEFF");
        await AssertAsync(0);
        _folder.Write("in/5.json", Good);
        Assert.Equal((1, 0), ((await _folder.RunAsync()).Events, _folder.DeadLetters().Length));
    }

    [Fact]
    public async Task Csv_of_every_bad_kind_costs_its_own_lines_only()
    {
        _folder.Pipeline = Pipeline("csv");
        string[] lines =
        [
            "2024-01-01T00:00:00Z,a,1\n", "2024-01-01T00:00:00Z,a\n", "2024-01-01T00:00:00Z,\"a\nb\",1\n", "2024-01-01T00:00:00Z,a,1,2\n", "never,a,1\n", ",a,1\n", "2024-01-01T00:00:00Z,,1\n",
            "2024-01-01T00:00:00Z,\"a\"b,1\n", "2024-01-01T00:00:00Z,a,\n",
        ];
        var header = "t,k,x\n";
        _folder.Write("in/1.csv", header + string.Concat(lines));
        var status = await _folder.RunAsync();
        Assert.Equal(9, status.Events);
        Assert.Equal("2", _folder.Read("v", "a")["n_lifetime"].ToString());
        Assert.Equal("1", _folder.Read("v", "a\nb")["n_lifetime"].ToString());
        var places = Positions("1.csv", lines, header.Length);
        var bad = _folder.DeadLetters().Select(l => JsonDocument.Parse(l).RootElement.GetProperty("position").GetString()).ToArray();
        Assert.Equal(new[] { places[1], places[3], places[4], places[7], places[5] }.Order(StringComparer.Ordinal), bad.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Text_that_is_no_file_of_that_format_at_all_stops_nothing()
    {
        var random = new Random(17);
        var bytes = new byte[200_000];
        random.NextBytes(bytes);
        _folder.Write("in/1.json", bytes);
        _folder.Write("in/2.json", Good);
        var status = await _folder.RunAsync();
        Assert.Equal(1, status.Rows);
        Assert.Equal(status.DeadLetters + 1, status.Events);
        Assert.True(status.DeadLetters > 100);
        Assert.Equal("1", _folder.Read("v", "a")["n_lifetime"].ToString());
    }

    private static string[] Positions(string file, string[] lines, int from = 0)
    {
        var result = new List<string>();
        foreach (var line in lines)
        {
            result.Add($"{file}:{from}");
            from += Encoding.UTF8.GetByteCount(line);
        }
        return [.. result];
    }

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }
}
