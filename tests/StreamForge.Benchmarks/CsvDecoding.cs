using System.Text;
using BenchmarkDotNet.Attributes;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Csv;

namespace StreamForge.Benchmarks;

/// <summary>Five of eight columns of a batch of order lines, some with quoted text. Times are per line.</summary>
[MemoryDiagnoser]
public class CsvDecoding
{
    private const int Rows = 8192;

    private readonly byte[] _text = Text();
    private readonly RowBuilder _rows = new(
        new Schema(
        [
            new("StockCode", DataType.String), new("Quantity", DataType.BigInt), new("InvoiceDate", DataType.Timestamp),
            new("UnitPrice", DataType.Decimal(10, 3)), new("CustomerID", DataType.BigInt),
        ]),
        DecodeOptions.Default);

    [Benchmark(OperationsPerInvoke = Rows)]
    public int Columns()
    {
        var reader = new CsvReader(_rows);
        CsvReader.ReadHeader(_text, 0, _text.Length, final: true, out var next, out var names, out _);
        reader.UseHeader(names);
        _rows.Begin(Rows);
        while (next < _text.Length && reader.Read(_text, next, _text.Length, final: true, out next, out _) == RecordOutcome.Row)
        {
        }
        return _rows.Count == Rows ? Rows : throw new InvalidOperationException($"{_rows.Count} rows were read");
    }

    private static byte[] Text()
    {
        var random = new Random(1);
        var text = new StringBuilder("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n");
        for (var i = 0; i < Rows; i++)
        {
            var description = random.Next(4) == 0 ? "\"SET OF 6, \"\"RED\"\" SPOTTY CUPS\"" : "WHITE HANGING HEART T-LIGHT HOLDER";
            text.Append(536_365 + i / 10).Append(',').Append(random.Next(10_000, 99_999)).Append("A,").Append(description).Append(',').Append(random.Next(-5, 50))
                .Append(",2010-12-01 08:").Append(random.Next(10, 60)).Append(":00,").Append(random.Next(1, 20)).Append('.').Append(random.Next(100, 1000))
                .Append(',').Append(random.Next(4) == 0 ? "" : "17850").Append(",United Kingdom\r\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
