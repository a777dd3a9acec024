using System.Buffers.Text;
using StreamForge.Core;
using StreamForge.Formats.Json;

namespace StreamForge.Formats.Debezium;

/// <summary>
/// What an event's <c>source</c> says of its place: in the database's log, in a snapshot, and in time (Debezium 3, the connectors' documentation, "Change event values"). Versions differ in what they
/// write: what is missing or null is unknown, not wrong.
/// </summary>
internal static class SourceBlock
{
    /// <summary>Bytes of the longest text with escapes that a position is read from.</summary>
    private const int LongestText = 512;

    /// <summary>Milliseconds as a time; null where there is none within the years 1 to 9999.</summary>
    public static long? Micros(ReadOnlySpan<byte> data, Extent millis) =>
        TryNumber(data, millis, out var value) && value is >= EventTime.Earliest / 1000 and <= EventTime.Latest / 1000 ? value * 1000 : null;

    /// <summary><c>true, first, first_in_data_collection, last_in_data_collection, last, false, incremental</c>: a string, in old versions a boolean.</summary>
    public static SnapshotPhase Phase(ReadOnlySpan<byte> data, Extent snapshot)
    {
        if (snapshot.IsNull(data)) return SnapshotPhase.None;
        var text = snapshot.Of(data);
        if (text[0] == '"') text = snapshot.Text(data);
        if (text.IsEmpty || text.SequenceEqual("false"u8)) return SnapshotPhase.None;
        if (text.SequenceEqual("last"u8)) return SnapshotPhase.Last;
        if (text.SequenceEqual("first"u8) || text.SequenceEqual("first_in_data_collection"u8)) return SnapshotPhase.First;
        return text.SequenceEqual("incremental"u8) ? SnapshotPhase.Incremental : SnapshotPhase.Reading;
    }

    /// <summary>Whether the log holds whole old images by nature. PostgreSQL's does not, under the default replica identity; of an unknown database nothing is taken for granted.</summary>
    public static bool HasWholeImages(ReadOnlySpan<byte> data, Extent connector)
    {
        var name = connector.Text(data);
        return name.SequenceEqual("mysql"u8) || name.SequenceEqual("mariadb"u8) || name.SequenceEqual("sqlserver"u8) || name.SequenceEqual("oracle"u8) || name.SequenceEqual("db2"u8);
    }

    /// <summary>The position in the database's log.</summary>
    public static SourcePosition Position(ReadOnlySpan<byte> data, Envelope envelope)
    {
        Span<byte> room = stackalloc byte[LongestText];
        if (TrySequence(Plain(envelope[Part.Sequence].Text(data), room), out var commit, out var record)) return new SourcePosition(0, commit, record, 0);
        var (pos, row) = (Unsigned(data, envelope[Part.Pos]), Unsigned(data, envelope[Part.Row]));
        var gtid = Plain(envelope[Part.Gtid].Text(data), room);
        // uuid:number or uuid:tag:number of MySQL; domain-server-number of MariaDB.
        var cut = gtid.LastIndexOf((byte)':') is >= 0 and var colon ? colon : gtid.LastIndexOf((byte)'-');
        if (TryCounted(gtid, cut, pos, row, out var position)) return position;
        var file = Plain(envelope[Part.File].Text(data), room);
        return TryCounted(file, file.LastIndexOf((byte)'.'), pos, row, out position) ? position : SourcePosition.None;
    }

    /// <summary>A string without its escapes, which writers are free to use: <c>\"</c> and <c>\u0022</c> are one character.</summary>
    /// <param name="room">Where it is written if it has any.</param>
    private static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> text, Span<byte> room) =>
        text.Contains((byte)'\\') && text.Length <= room.Length && JsonText.TryUnescape(text, room, out var written) ? room[..written] : text;

    private static bool TryCounted(ReadOnlySpan<byte> text, int cut, ulong pos, ulong row, out SourcePosition position)
    {
        position = default;
        if (cut <= 0 || !Utf8Parser.TryParse(text[(cut + 1)..], out ulong number, out var read) || read != text.Length - cut - 1) return false;
        position = new SourcePosition(XxHash64.Hash(text[..cut]), number, pos, row);
        return true;
    }

    /// <summary>The two numbers of <c>[null,"24160784"]</c>, a JSON array within a string; null is 0.</summary>
    private static bool TrySequence(ReadOnlySpan<byte> text, out ulong commit, out ulong record)
    {
        commit = record = 0;
        if (text.IsEmpty || text[0] != '[') return false;
        var count = 0;
        for (var i = 1; i < text.Length;)
        {
            switch (text[i])
            {
                case (byte)'n' when text[i..].StartsWith("null"u8):
                    count++;
                    i += 4;
                    break;
                case >= (byte)'0' and <= (byte)'9' when Utf8Parser.TryParse(text[i..], out ulong number, out var read):
                    if (count++ == 0) commit = number;
                    else record = number;
                    i += read;
                    break;
                case (byte)'"' or (byte)',' or (byte)' ' or (byte)']':
                    i++;
                    break;
                default:
                    return false;
            }
        }
        return count == 2;
    }

    private static ulong Unsigned(ReadOnlySpan<byte> data, Extent value) => TryNumber(data, value, out var number) && number > 0 ? (ulong)number : 0;

    private static bool TryNumber(ReadOnlySpan<byte> data, Extent value, out long number)
    {
        number = 0;
        if (!value.IsThere) return false;
        var text = data[value.Start] == '"' ? value.Text(data) : value.Of(data);
        return Utf8Parser.TryParse(text, out number, out var read) && read == text.Length;
    }
}
