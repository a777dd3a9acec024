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

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    public static async Task<string[]> OutboxAsync(this IPipelineStorage storage, string sink) => [.. (await storage.Records.OutboxAsync(sink, 1000, None)).Select(e => Text(e.Payload))];

    public static async Task<StoredKey?> LoadAsync(this IPipelineStorage storage, KeyId id) => (await storage.Keys.LoadAsync([id], None))[0];

    public static async Task<bool> WriteAsync(this IPipelineStorage storage, KeyWrite write) => (await storage.Keys.WriteAsync([write], None))[0];
}
