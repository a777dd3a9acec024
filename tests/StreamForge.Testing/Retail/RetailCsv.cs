using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace StreamForge.Testing.Retail;

/// <summary>One order line of Online Retail.</summary>
/// <param name="InvoiceDate">Microseconds since 1970, the local date-time taken as UTC.</param>
/// <param name="CustomerId">null where the file has none.</param>
public sealed record RetailLine(
    string InvoiceNo, string StockCode, string Description, long Quantity, long InvoiceDate, decimal UnitPrice, long? CustomerId, string Country)
{
    /// <summary>Quantity × UnitPrice, exact.</summary>
    public decimal Amount => Quantity * UnitPrice;

    /// <summary>A cancelled invoice's number begins with C.</summary>
    public bool IsCancellation => InvoiceNo.StartsWith('C');
}

/// <summary>A reader of that one file, written for the tests: RFC 4180 quotes, one character after the other.</summary>
public static class RetailCsv
{
    /// <summary>Every line after the header, in order.</summary>
    public static IEnumerable<RetailLine> Read(string path)
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), Encoding.UTF8);
        var header = ReadRecord(text) ?? throw new InvalidDataException($"{path} is empty");
        if (string.Join(',', header) != "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country")
            throw new InvalidDataException($"{path} has other columns: {string.Join(',', header)}");
        while (ReadRecord(text) is { } fields)
        {
            var date = DateTime.ParseExact(fields[4], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
            var customer = fields[6].Length == 0 ? (long?)null : (long)decimal.Parse(fields[6], CultureInfo.InvariantCulture);
            yield return new(
                fields[0], fields[1], fields[2], long.Parse(fields[3], CultureInfo.InvariantCulture), (date - DateTime.UnixEpoch).Ticks / 10,
                decimal.Parse(fields[5], NumberStyles.Float, CultureInfo.InvariantCulture), customer, fields[7]);
        }
    }

    private static List<string>? ReadRecord(StreamReader text)
    {
        if (text.Peek() < 0) return null;
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        while (true)
        {
            var c = text.Read();
            if (quoted && c == '"' && text.Peek() == '"') field.Append((char)text.Read());
            else if (c == '"') quoted = !quoted;
            else if (quoted && c >= 0) field.Append((char)c);
            else if (c is ',' or '\n' or < 0)
            {
                fields.Add(field.ToString());
                field.Clear();
                if (c != ',') return fields;
            }
            else if (c != '\r') field.Append((char)c);
        }
    }
}
