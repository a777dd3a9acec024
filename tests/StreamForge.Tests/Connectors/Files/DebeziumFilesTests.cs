using StreamForge.Connectors.Files;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Tests.Formats.Debezium;

namespace StreamForge.Tests.Connectors.Files;

public sealed class DebeziumFilesTests : IDisposable
{
    private static readonly SourceLocation Nowhere = new("pipeline.yaml", 1, 1);

    private readonly FilesFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lines_are_envelopes_or_records_and_positions_are_bytes()
    {
        var envelope = Events.Envelope("u", """{"id":1,"v":"a"}""", """{"id":1,"v":"b"}""");
        var first = envelope + "\n";
        var second = $$"""{"topic":"t","partition":3,"offset":7,"timestamp":1600000000000,"key":"{\"id\":2}","value":null,"headers":null}""" + "\r\n";
        var third = $$"""{"topic":"t","partition":3,"offset":8,"timestamp":1600000000000,"key":{"id":2},"value":{{Events.Envelope("c", null, """{"id":2,"v":"c"}""", "{}")}} }""" + "\n\n";
        _folder.Write("a.jsonl", first + second + third + "oops\n");
        await using var source = await OpenAsync("a.jsonl", declared: true);
        Assert.Equal("id int, v string, event_timestamp timestamptz", source.Schema.ToString());
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(new Schema([source.Schema[2], source.Schema[1]]), 100, Bounded: true));
        using var batch = (await reader.ReadAsync(default)).Batch!;
        Assert.Equal("event_timestamp timestamptz, v string", batch.Batch.Schema.ToString());
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(i => ((BytesColumn)batch.Batch["v"]).GetString(i)));
        Assert.Equal([1_700_000_000_123_000, 1_700_000_000_123_000, 1_600_000_000_000_000], ((Int64Column)batch.Batch["event_timestamp"]).Values.ToArray());
        var changes = batch.Changes!;
        Assert.Equal([0, first.Length, first.Length + second.Length], changes.Events.Select(e => e.Position));
        Assert.Equal([0, 0, first.Length + second.Length], batch.Batch.Headers.Positions.ToArray());
        Assert.Equal([0, 3, 3], changes.Events.Select(e => e.Stream));
        Assert.Equal([1L, 2L, 2L], Enumerable.Range(0, 3).Select(i => KeyCodec.Read(changes.Keys[i], [source.Schema[0]])[0].Int64));
        Assert.Equal(envelope, System.Text.Encoding.UTF8.GetString(batch.Raw[1]));
        Assert.Equal(second.TrimEnd(), System.Text.Encoding.UTF8.GetString(changes.Raw[1]));
        var letter = Assert.Single(batch.DeadLetters);
        Assert.Equal(($"a.jsonl:{first.Length + second.Length + third.Length}", "not a JSON object: it begins with 'o'", "oops"), (letter.Position, letter.Reason, System.Text.Encoding.UTF8.GetString(letter.Raw)));
    }

    [Fact]
    public async Task The_columns_are_found_in_the_images_and_a_schemas_types_win()
    {
        var plain = Events.Envelope("c", null, """{"id":1,"v":"AJY=","at":"2021-03-04T05:06:07Z"}""");
        _folder.Write("a.jsonl", plain + "\n" + Events.Envelope("d", """{"id":1,"extra":true}""", null) + "\n");
        await using (var source = await OpenAsync("a.jsonl", declared: false)) Assert.Equal("id bigint, v string, at timestamptz, extra boolean, event_timestamp timestamptz", source.Schema.ToString());
        string[] fields =
        [
            """{"type":"int32","optional":false,"field":"id"}""",
            """{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2","connect.decimal.precision":"6"},"field":"v"}""",
            """{"type":"string","name":"io.debezium.time.ZonedTimestamp","field":"at"}""",
        ];
        _folder.Write("b.jsonl", Events.WithSchema(plain, fields) + "\n");
        await using var typed = await OpenAsync("b.jsonl", declared: false);
        Assert.Equal("id int, v decimal(6,2), at timestamptz, event_timestamp timestamptz", typed.Schema.ToString());
    }

    [Fact]
    public async Task An_events_rows_stay_together_however_small_batches_are_and_every_cursor_goes_on_exactly()
    {
        var lines = Enumerable.Range(0, 40).Select(i => i % 5 == 0 ? "null" : i % 7 == 0 ? "{}" : Events.Envelope("u", $$"""{"id":{{i}},"v":"a"}""", $$"""{"id":{{i}},"v":"b"}"""));
        _folder.Write("a.jsonl", string.Join("\n", lines));
        await using var source = await OpenAsync("a.jsonl", declared: true);
        var whole = await AllAsync(source, PartitionCursor.Start, 1000);
        foreach (var rows in (int[])[1, 2, 3, 7])
        {
            var seen = new List<string>();
            var cursor = PartitionCursor.Start;
            while (true)
            {
                // A reader for each batch: nothing is remembered but the cursor.
                await using var reader = source.Open(source.Partitions[0], cursor, new ReadRequest(source.Schema, rows, Bounded: true));
                if ((await reader.ReadAsync(default)).Batch is not { } batch) break;
                using (batch)
                {
                    Assert.InRange(batch.Batch.Count, 0, rows + 1);
                    Assert.All(batch.Changes!.Events.Where(e => e.Kind == ChangeKind.Update), e => Assert.Equal((e.After - 1, true), (e.Before, e.Before >= 0)));
                    seen.AddRange(Shown(batch));
                    cursor = batch.Next;
                }
            }
            Assert.Equal(whole, seen);
        }
    }

    private static async Task<List<string>> AllAsync(FilesSource source, PartitionCursor from, int rows)
    {
        await using var reader = source.Open(source.Partitions[0], from, new ReadRequest(source.Schema, rows, Bounded: true));
        var seen = new List<string>();
        while ((await reader.ReadAsync(default)).Batch is { } batch)
        {
            using (batch) seen.AddRange(Shown(batch));
        }
        return seen;
    }

    private static IEnumerable<string> Shown(SourceBatch batch) =>
        [.. batch.Changes!.Events.Select(e => $"{e.Position} {e.Kind} {(e.After < 0 ? "" : ((BytesColumn)batch.Batch["v"]).GetString(e.After))}").Concat(batch.DeadLetters.Select(l => $"{l.Position} {l.Reason}")).OrderBy(s => long.Parse(s.Split(' ')[0].Split(':')[^1]))];

    private Task<FilesSource> OpenAsync(string name, bool declared) => FilesSource.OpenAsync(
        "s", new FilesSourceOptions(_folder[name], "debezium-json"), declared ? [new SchemaField("id", DataType.Int, 0, Nowhere), new SchemaField("v", DataType.String, 0, Nowhere)] : null, null, TimeZoneInfo.Utc, default,
        changelog: new ChangelogDefinition([new LocatedText("id", Nowhere, [1])], BeforeImages.Full));
}
