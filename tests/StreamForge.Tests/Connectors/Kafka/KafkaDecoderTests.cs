using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Tests.Formats.Debezium;

namespace StreamForge.Tests.Connectors.Kafka;

public class KafkaDecoderTests
{
    private static readonly PartitionId Partition = new("clicks", 3);

    private readonly KafkaRecordsBuilder _records = new(3, from: 100);

    [Fact]
    public async Task Fields_of_the_value_and_columns_of_the_record_stand_side_by_side()
    {
        Add(100, """{"user": "ü-1", "n": 7}""", key: "k1", millis: 1_704_067_200_123);
        Add(103, """ {"other": 1} """, key: null, millis: KafkaRecords.NoTimestamp, headers: ("a", "b"));
        using var batch = await DecodeAsync(["user", "n", "key", "value", "headers", "event_timestamp", "partition", "offset"], [("user", DataType.String), ("n", DataType.BigInt)]);
        Assert.Equal(2, batch.Batch.Count);
        Assert.Equal((string?[])["ü-1", "7", "k1", """{"user": "ü-1", "n": 7}""", "{}", "1704067200123000", "3", "100"], Row(batch.Batch, 0));
        Assert.Equal((string?[])[null, null, null, """ {"other": 1} """, """{"a":"b"}""", null, "3", "103"], Row(batch.Batch, 1));
        Assert.Equal("clicks-topic/3:103", batch.Batch.PositionText(1));
        Assert.Equal(new PartitionCursor("clicks-topic/3", 104), batch.Next);
        Assert.Equal(""" {"other": 1} """, Encoding.UTF8.GetString(batch.Raw[1]));
    }

    [Fact]
    public async Task A_declared_column_wins_over_the_records_and_a_field_of_the_same_name_does_not_reach_the_records()
    {
        Add(100, """{"key": "mine", "offset": 5, "partition": 9}""", key: "theirs");
        using var batch = await DecodeAsync(["key", "offset", "partition"], [("key", DataType.String), ("offset", DataType.Double)]);
        Assert.Equal((string?[])["mine", "5", "3"], Row(batch.Batch, 0));
    }

    [Fact]
    public async Task What_is_no_row_is_a_dead_letter_with_its_place_and_bytes_and_a_tombstone_is_counted()
    {
        Add(100, """{"n": 1}""");
        Add(101, """{"n": "x"}""");
        Add(102, null);
        Add(103, "");
        Add(104, "[1]");
        Add(105, """{"n": 2}""");
        using var batch = await DecodeAsync(["n"], [("n", DataType.BigInt)]);
        Assert.Equal([1, 2], ((Int64Column)batch.Batch["n"]).Values.ToArray());
        Assert.Equal([100, 105], batch.Batch.Headers.Positions.ToArray());
        Assert.Equal(1, batch.PassedOver);
        Assert.Equal(["clicks-topic/3:101", "clicks-topic/3:103", "clicks-topic/3:104"], batch.DeadLetters.Select(l => l.Position));
        Assert.Equal(["""{"n": "x"}""", "", "[1]"], batch.DeadLetters.Select(l => Encoding.UTF8.GetString(l.Raw)));
        Assert.Equal("the value is empty", batch.DeadLetters[1].Reason);
        Assert.Equal("{\"n\": 2}", Encoding.UTF8.GetString(batch.Raw[1]));
    }

    [Fact]
    public async Task A_key_that_is_no_text_misfits_only_where_it_is_read()
    {
        _records.Add(100, 0, hasKey: true, [0xff, 0xfe], hasValue: true, "{\"n\": 1}"u8, []);
        var bytes = Taken();
        using (var unread = await DecodeAsync(["n"], [("n", DataType.BigInt)], KafkaRecords.Deserialize(bytes))) Assert.Equal(1, unread.Batch.Count);
        using var read = await DecodeAsync(["n", "key"], [("n", DataType.BigInt)], KafkaRecords.Deserialize(bytes));
        Assert.Equal(0, read.Batch.Count);
        Assert.Equal("column 'key' is not valid UTF-8", Assert.Single(read.DeadLetters).Reason);
    }

    [Fact]
    public async Task Records_from_an_end_on_are_left_out_and_the_cursor_stays_before_it()
    {
        for (var offset = 100; offset < 110; offset++) Add(offset, "{\"n\": 1}");
        using var batch = await DecodeAsync(["offset"], [("n", DataType.BigInt)], before: 104);
        Assert.Equal([100, 101, 102, 103], ((Int64Column)batch.Batch["offset"]).Values.ToArray());
        Assert.Equal(104, batch.Next.Offset);
    }

    [Fact]
    public async Task Word_that_reading_has_moved_on_is_a_batch_without_rows()
    {
        _records.MoveTo(107);
        using var batch = await DecodeAsync(["n"], [("n", DataType.BigInt)]);
        Assert.Equal((0, 107), (batch.Batch.Count, batch.Next.Offset));
    }

    [Fact]
    public async Task Decoding_allocates_nothing_for_a_record()
    {
        for (var offset = 100; offset < 10_100; offset++) Add(offset, """{"user": "u-1", "n": 7}""", key: "u-1");
        var bytes = Taken();
        await using var source = await OpenAsync([("user", DataType.String), ("n", DataType.BigInt)]);
        var decoder = source.Decoder(Partition, new Schema(((string[])["user", "n", "key", "offset", "headers"]).Select(c => source.Schema.Find(c)!)));
        var records = KafkaRecords.Deserialize(bytes);
        for (var warm = 0; warm < 3; warm++) decoder.Decode(records).Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Decode(records).Dispose();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public async Task Changes_become_images_and_events_beside_the_columns_of_their_record()
    {
        Add(100, Events.Envelope("u", """{"id":1,"v":"a"}""", """{"id":1,"v":"b"}"""), key: """{"id":1}""", millis: 1_600_000_000_000);
        Add(101, null, key: """{"id":2}""");
        Add(102, "{\"op\":\"c\"}", key: "x");
        Add(103, Events.Envelope("c", null, """{"id":3,"v":"c"}""", "{}"), key: """{"id":3}""", millis: 1_600_000_000_000);
        await using var source = await OpenAsync([("id", DataType.Int), ("v", DataType.String)], new ChangelogDefinition([], BeforeImages.Stored));
        Assert.Equal("id int, v string, key string, value string, headers map, event_timestamp timestamptz, partition int, offset bigint", source.Schema.ToString());
        var decoder = source.Decoder(Partition, new Schema(((string[])["v", "key", "event_timestamp", "offset"]).Select(c => source.Schema.Find(c)!)));
        using var batch = decoder.Decode(_records.Take());
        Assert.Equal((string?[])["a", "{\"id\":1}", "1700000000123000", "100"], Row(batch.Batch, 0));
        Assert.Equal((string?[])["b", "{\"id\":1}", "1700000000123000", "100"], Row(batch.Batch, 1));
        Assert.Equal((string?[])["c", "{\"id\":3}", "1600000000000000", "103"], Row(batch.Batch, 2));
        Assert.Equal("bu c"u8.ToArray().Where(b => b != ' '), batch.Batch.Headers.Ops.ToArray());
        var changes = batch.Changes!;
        Assert.Equal([ChangeKind.Update, ChangeKind.Tombstone, ChangeKind.Create], changes.Events.Select(e => e.Kind));
        Assert.Equal([100, 101, 103], changes.Events.Select(e => e.Position));
        Assert.Equal([1L, 2L, 3L], Enumerable.Range(0, 3).Select(i => KeyCodec.Read(changes.Keys[i], [new Field("id", DataType.BigInt)])[0].Int64));
        Assert.Equal(Events.Envelope("c", null, """{"id":3,"v":"c"}""", "{}"), Encoding.UTF8.GetString(changes.Raw[2]));
        Assert.Equal(("clicks-topic/3:102", 104), (Assert.Single(batch.DeadLetters).Position, batch.Next.Offset));
    }

    [Fact]
    public async Task Decoding_allocates_nothing_for_a_change()
    {
        for (var offset = 100; offset < 10_100; offset++) Add(offset, Events.Envelope("u", """{"id":1,"v":"a"}""", """{"id":1,"v":"b"}"""), key: """{"id":1}""");
        var bytes = Taken();
        await using var source = await OpenAsync([("id", DataType.Int), ("v", DataType.String)], new ChangelogDefinition([], BeforeImages.Full));
        var decoder = source.Decoder(Partition, new Schema(((string[])["id", "v", "offset"]).Select(c => source.Schema.Find(c)!)));
        var records = KafkaRecords.Deserialize(bytes);
        for (var warm = 0; warm < 3; warm++) decoder.Decode(records).Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Decode(records).Dispose();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    private void Add(long offset, string? value, string? key = null, long millis = 0, params (string Name, string Value)[] headers)
    {
        var written = new ArrayBufferWriter<byte>();
        foreach (var (name, text) in headers) KafkaHeaders.Write(written, name, Encoding.UTF8.GetBytes(text), isNull: false);
        _records.Add(offset, millis, key is not null, Encoding.UTF8.GetBytes(key ?? ""), value is not null, Encoding.UTF8.GetBytes(value ?? ""), written.WrittenSpan);
    }

    private byte[] Taken()
    {
        using var records = _records.Take();
        return records.Serialize();
    }

    private static Task<KafkaSource> OpenAsync((string Name, DataType Type)[] declared, ChangelogDefinition? changelog = null) => KafkaSource.OpenAsync(
        "clicks", new KafkaSourceOptions("nowhere:1", "clicks-topic", changelog is null ? "json" : "debezium-json", KafkaStart.Earliest),
        declared.Select(d => new SchemaField(d.Name, d.Type, 0, default)).ToImmutableArray(), known: null, eventTime: null, TimeZoneInfo.Utc, TimeProvider.System, CancellationToken.None, changelog: changelog);

    private async Task<SourceBatch> DecodeAsync(string[] columns, (string Name, DataType Type)[] declared, KafkaRecords? records = null, long before = long.MaxValue)
    {
        await using var source = await OpenAsync(declared);
        return source.Decoder(Partition, new Schema(columns.Select(c => source.Schema.Find(c)!))).Decode(records ?? _records.Take(), before);
    }

    private static IEnumerable<string?> Row(ColumnBatch batch, int row) => [.. batch.Columns.ToArray().Select(c => c.IsNull(row) ? null : c switch
    {
        Int64Column numbers => $"{numbers[row]}",
        DoubleColumn numbers => $"{numbers[row]}",
        _ => ((BytesColumn)c).GetString(row),
    })];
}
