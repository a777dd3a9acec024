using System.Buffers;
using System.Globalization;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Cli.Output;

/// <summary>
/// Writes rows as CSV (RFC 4180): a header, lines that end in CR LF, quotes around what holds a comma, a quote or a line's end. A null is nothing, an empty text a pair of quotes; numbers have all their
/// digits, times are RFC 3339, bytes base64, nested values JSON. One task at a time.
/// </summary>
internal sealed class CsvRowWriter(Schema schema)
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(",\"\r\n"u8);

    public void WriteHeader(IBufferWriter<byte> target)
    {
        for (var i = 0; i < schema.Count; i++)
        {
            if (i > 0) target.Write(","u8);
            WriteText(Encoding.UTF8.GetBytes(schema[i].Name), target);
        }
        target.Write("\r\n"u8);
    }

    /// <summary>Writes <paramref name="count"/> rows from <paramref name="first"/> on.</summary>
    public static void Write(ColumnBatch batch, int first, int count, IBufferWriter<byte> target)
    {
        for (var row = first; row < first + count; row++)
        {
            for (var i = 0; i < batch.Columns.Length; i++)
            {
                if (i > 0) target.Write(","u8);
                if (!batch[i].IsNull(row)) WriteValue(batch[i], row, target);
            }
            target.Write("\r\n"u8);
        }
    }

    private static void WriteValue(Column column, int row, IBufferWriter<byte> target)
    {
        Span<byte> text = stackalloc byte[64];
        switch (column)
        {
            case BytesColumn bytes when column.Type.Kind != TypeKind.Bytes:
                WriteText(bytes[row], target);
                return;
            case Int64Column times when column.Type.IsTimestamp:
                target.Write(text[..Rfc3339.Write(times[row], text)]);
                return;
            case Int64Column integers when column.Type.IsInteger:
                integers[row].TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
                target.Write(text[..length]);
                return;
            case DoubleColumn doubles:
                doubles[row].TryFormat(text, out length, "R", CultureInfo.InvariantCulture);
                target.Write(text[..length]);
                return;
            default:
                target.Write(Encoding.UTF8.GetBytes(FeatureValue.From(column, row).ToString()));
                return;
        }
    }

    private static void WriteText(ReadOnlySpan<byte> text, IBufferWriter<byte> target)
    {
        if (!text.IsEmpty && !text.ContainsAny(Special))
        {
            target.Write(text);
            return;
        }
        target.Write("\""u8);
        for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
        {
            target.Write(text[..(quote + 1)]);
            target.Write("\""u8);
        }
        target.Write(text);
        target.Write("\""u8);
    }
}
