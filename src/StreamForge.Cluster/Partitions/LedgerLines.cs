using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Ledgers;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>A batch's dead letters and late events as entries of the ledgers.</summary>
internal static class LedgerLines
{
    public static ImmutableArray<LedgerEntry> Of(StageResult result)
    {
        if (result.DeadLetters.Count == 0 && result.Late.Count == 0) return [];
        var buffer = new ArrayBufferWriter<byte>();
        using var format = new LedgerFormat(buffer);
        var entries = ImmutableArray.CreateBuilder<LedgerEntry>(result.DeadLetters.Count + result.Late.Count);
        foreach (var letter in result.DeadLetters)
        {
            format.Write(letter);
            entries.Add(Entry(LedgerKind.DeadLetters, letter.Partition, letter.Position, buffer));
        }
        foreach (var late in result.Late)
        {
            format.Write(late);
            entries.Add(Entry(LedgerKind.Late, late.Partition, late.Position, buffer));
        }
        return entries.MoveToImmutable();
    }

    private static LedgerEntry Entry(LedgerKind kind, PartitionId partition, string position, ArrayBufferWriter<byte> buffer)
    {
        var json = Encoding.UTF8.GetString(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
        return new LedgerEntry(kind, partition, OffsetOf(position), json);
    }

    /// <summary>The offset in a position as people read it: <c>orders/3:1024</c>, or the number alone.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static long OffsetOf(string position) => long.Parse(position.AsSpan(position.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
}
