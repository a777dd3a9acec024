using System.Buffers.Binary;
using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>Keys, writes and entries to test with.</summary>
internal static class Samples
{
    public static CancellationToken None => CancellationToken.None;

    /// <summary>The n-th key: bytes of every value, zero bytes too, of different lengths.</summary>
    public static KeyId Key(int n, int view = 0)
    {
        var key = new byte[4 + n % 5];
        BinaryPrimitives.WriteInt32LittleEndian(key, n);
        return new KeyId(view, key);
    }

    public static KeyWrite Write(KeyId id, long expected, Guid writer, string content = "content", long newest = 0, long? due = null, params Emission[] emissions) =>
        new(id, expected, writer, Bytes(content), newest, due, emissions);

    public static RecordWrite Record(string name, long expected, Guid writer, string content = "{}", LedgerEntry[]? ledger = null, params long[] consumed) =>
        new(name, expected, writer, Bytes(content), ledger ?? [], consumed);

    public static Emission Row(string sink, string payload) => new(sink, Bytes(payload));

    public static LedgerEntry Letter(long position, string json, LedgerKind ledger = LedgerKind.DeadLetters) => new(ledger, new PartitionId("orders", 3), position, json);

    /// <summary>The name of the record of the partition with that index.</summary>
    public static string RecordOf(int partition) => $"partition/orders/{partition}";

    /// <summary>A write of a partition's record with changes of its images; null for a row that is gone.</summary>
    public static RecordWrite WithImages(int partition, long expected, Guid writer, params (string Key, string? Image)[] rows) =>
        Record(RecordOf(partition), expected, writer) with { Images = new ImageChanges(partition, [.. rows.Select(r => new ImageRow(Bytes(r.Key), r.Image is null ? null : Bytes(r.Image)))]) };

    /// <summary>A partition's images as an activation sees them, by key; null when the record is another's.</summary>
    public static async Task<string[]?> ImagesAsync(this IPipelineStorage storage, int partition, Guid writer, int page = 1000)
    {
        var images = new List<string>();
        for (byte[]? after = null; ;)
        {
            if (await storage.Images.PageAsync(new ImageOwner(RecordOf(partition), writer, partition), after, page, None) is not { } rows) return null;
            if (rows.Count == 0) return [.. images];
            images.AddRange(rows.Select(r => $"{Text(r.Key)}={Text(r.Image!)}"));
            after = rows[^1].Key;
        }
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    public static async Task<string[]> OutboxAsync(this IPipelineStorage storage, string sink) => [.. (await storage.Records.OutboxAsync(sink, 1000, None)).Select(e => Text(e.Payload))];

    public static async Task<StoredKey?> LoadAsync(this IPipelineStorage storage, KeyId id) => (await storage.Keys.LoadAsync([id], None))[0];

    public static async Task<bool> WriteAsync(this IPipelineStorage storage, KeyWrite write) => (await storage.Keys.WriteAsync([write], None))[0];
}
