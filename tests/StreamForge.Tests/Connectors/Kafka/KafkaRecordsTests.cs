using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;

namespace StreamForge.Tests.Connectors.Kafka;

public class KafkaRecordsTests
{
    /// <param name="Gap">Offsets left out before it.</param>
    private sealed record Written(int Gap, long Timestamp, byte[]? Key, byte[]? Value, byte[] Headers);

    [Fact]
    public void Records_come_back_from_bytes_as_they_were() => Prop.ForAll(Batches(), batch =>
    {
        using var records = Build(batch.From, batch.Records, batch.After);
        var again = KafkaRecords.Deserialize(records.Serialize());
        Same(batch.From, batch.Records, batch.After, records);
        Same(batch.From, batch.Records, batch.After, again);
        Assert.Equal(again.Serialize(), records.Serialize());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_damaged_byte_is_noticed() => Prop.ForAll(Batches(), ArbMap.Default.ArbFor<PositiveInt>(), (batch, seed) =>
    {
        using var records = Build(batch.From, batch.Records, batch.After);
        var bytes = records.Serialize();
        bytes[seed.Get % bytes.Length] ^= (byte)(1 + seed.Get % 255);
        Assert.Equal(ErrorKind.Corrupt, Assert.Throws<StreamForgeException>(() => KafkaRecords.Deserialize(bytes)).Kind);
        Assert.Equal(ErrorKind.Corrupt, Assert.Throws<StreamForgeException>(() => KafkaRecords.Deserialize(bytes[..(seed.Get % bytes.Length)])).Kind);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_record_that_was_delivered_before_is_dropped_and_batches_follow_one_another()
    {
        var builder = new KafkaRecordsBuilder(2, from: 10);
        foreach (var offset in (long[])[10, 11, 11, 9, 14]) builder.Add(offset, 1, hasKey: false, [], hasValue: true, "x"u8, []);
        using var first = builder.Take();
        Assert.False(builder.HasNews);
        builder.MoveTo(17);
        builder.MoveTo(16);
        Assert.True(builder.HasNews);
        using var second = builder.Take();
        Assert.Equal((2, 10, 15, 3), (first.Partition, first.From, first.Next, first.Count));
        Assert.Equal([10, 11, 14], Enumerable.Range(0, 3).Select(first.Offset));
        Assert.Equal((15, 17, 0), (second.From, second.Next, second.Count));
    }

    [Fact]
    public void Headers_become_a_json_object_in_which_the_last_of_a_name_counts()
    {
        var headers = new ArrayBufferWriter<byte>();
        KafkaHeaders.Write(headers, "trace", "first"u8, isNull: false);
        KafkaHeaders.Write(headers, "größe", "\"1\""u8, isNull: false);
        KafkaHeaders.Write(headers, "none", [], isNull: true);
        KafkaHeaders.Write(headers, "raw", [0xff, 0x00], isNull: false);
        KafkaHeaders.Write(headers, "trace", "second"u8, isNull: false);
        var json = new ArrayBufferWriter<byte>();
        KafkaHeaders.WriteJson(headers.WrittenSpan, json);
        Assert.Equal("""{"größe":"\"1\"","none":null,"raw":"/wA=","trace":"second"}""", Encoding.UTF8.GetString(json.WrittenSpan));
    }

    private static KafkaRecords Build(long from, IEnumerable<Written> records, int after)
    {
        var builder = new KafkaRecordsBuilder(3, from);
        var next = from;
        foreach (var record in records)
        {
            next += record.Gap;
            builder.Add(next++, record.Timestamp, record.Key is not null, record.Key, record.Value is not null, record.Value, record.Headers);
        }
        builder.MoveTo(next + after);
        return builder.Take();
    }

    private static void Same(long from, Written[] written, int after, KafkaRecords records)
    {
        var next = from;
        Assert.Equal((3, from, written.Length), (records.Partition, records.From, records.Count));
        for (var i = 0; i < written.Length; i++)
        {
            next += written[i].Gap;
            Assert.Equal((next++, written[i].Timestamp), (records.Offset(i), records.Timestamp(i)));
            Assert.Equal((written[i].Key is not null, written[i].Value is null), (records.HasKey(i), records.IsTombstone(i)));
            Assert.Equal(written[i].Key ?? [], records.Key(i).ToArray());
            Assert.Equal(written[i].Value ?? [], records.Value(i).ToArray());
            Assert.Equal(written[i].Headers, records.Headers(i).ToArray());
        }
        Assert.Equal(next + after, records.Next);
        Assert.Equal(written.Sum(w => (w.Key?.Length ?? 0) + (w.Value?.Length ?? 0) + w.Headers.Length), records.Bytes);
    }

    private static Arbitrary<(long From, Written[] Records, int After)> Batches()
    {
        var bytes = Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>());
        var optional = Gen.OneOf(Gen.Constant<byte[]?>(null), bytes.Select(b => (byte[]?)b));
        var timestamp = Gen.OneOf(Gen.Constant(KafkaRecords.NoTimestamp), Gen.Constant(0L), Gen.Choose(-5, int.MaxValue).Select(n => n * 1000L));
        var record = from gap in Gen.Choose(0, 3) from time in timestamp from key in optional from value in optional from headers in bytes select new Written(gap, time, key, value, headers);
        return (from start in Gen.Choose(0, int.MaxValue) from records in Gen.ArrayOf(record) from after in Gen.Choose(0, 2) select (start * 4000L, records, after)).ToArbitrary();
    }
}
