using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;

namespace StreamForge.Tests.Formats.Parquet;

/// <summary>Parquet files in memory, and their values as text.</summary>
internal static class ParquetData
{
    /// <summary>A column of each type; the last is required.</summary>
    public static ImmutableArray<DataFileColumn> AllTypes { get; } =
    [
        .. new[]
        {
            DataType.Boolean, DataType.Int, DataType.BigInt, DataType.Double, DataType.Decimal(9, 2), DataType.Decimal(18, 4), DataType.Decimal(20, 3), DataType.Decimal(38, 10), DataType.String,
            DataType.Bytes, DataType.Date, DataType.Timestamp, DataType.TimestampTz, new DataType(TypeKind.Array), new DataType(TypeKind.Map), new DataType(TypeKind.Row),
        }.Select((type, i) => new DataFileColumn($"c{i}", type, i + 1)),
        new DataFileColumn("required", DataType.BigInt, 100, Required: true),
    ];

    /// <summary>Columns of random rows.</summary>
    public static Column[] Random(ImmutableArray<DataFileColumn> columns, int rows, int seed)
    {
        var random = new Random(seed);
        var result = columns.Select(column => Column.Create(column.Type, rows)).ToArray();
        var nulls = random.Next(3) * 0.3;
        var distinct = random.Next(2) == 0 ? 5 : 1000;
        for (var c = 0; c < result.Length; c++)
        {
            for (var row = 0; row < rows; row++)
            {
                if (!columns[c].Required && random.NextDouble() < nulls) result[c].AppendNull();
                else Append(result[c], random, distinct);
            }
        }
        return result;
    }

    public static (byte[] File, DataFileMetrics Metrics) Write(ImmutableArray<DataFileColumn> columns, Column[] values, ParquetOptions? options = null)
    {
        var output = new ArrayBufferWriter<byte>();
        using var encoder = new ParquetEncoder(output, columns, options);
        encoder.Write(values);
        var metrics = encoder.Complete();
        return (output.WrittenSpan.ToArray(), metrics);
    }

    public static ValueTask<ParquetFile> OpenAsync(byte[] file) => ParquetFile.OpenAsync(new MemoryObject(file), CancellationToken.None);

    /// <summary>All rows as text, one line a row.</summary>
    public static async Task<List<string>> ReadAsync(byte[] file, int batch = 1000)
    {
        await using var parquet = await OpenAsync(file);
        return await ReadAsync(parquet, batch);
    }

    public static async Task<List<string>> ReadAsync(ParquetFile parquet, int batch)
    {
        var rows = new List<string>();
        var all = Enumerable.Range(0, parquet.Columns.Length).ToArray();
        for (var group = 0; group < parquet.RowGroups.Length; group++)
        {
            using var reader = parquet.Read(group, all);
            while (await reader.ReadAsync(batch, CancellationToken.None) is { } columns)
            {
                rows.AddRange(Show(columns));
                foreach (var column in columns) column.Release();
            }
        }
        return rows;
    }

    public static IEnumerable<string> Show(Column[] columns) => Enumerable.Range(0, columns[0].Count).Select(row => string.Join(" | ", columns.Select(column => Show(column, row))));

    public static string Show(Column column, int row) => column switch
    {
        BytesColumn bytes when column.Type.Kind == TypeKind.Bytes && !column.IsNull(row) => Convert.ToHexStringLower(bytes[row]),
        _ => Values.Show(column, row),
    };

    private static void Append(Column column, Random random, int distinct)
    {
        switch (column)
        {
            case BooleanColumn flags:
                flags.Append((byte)random.Next(2));
                break;
            case DoubleColumn numbers:
                numbers.Append(random.Next(8) switch { 0 => double.NaN, 1 => -0.0, 2 => 0.0, 3 => double.NegativeInfinity, _ => random.Next(distinct) / 7.0 });
                break;
            case DecimalColumn decimals:
                var magnitude = (Int128)random.NextInt64() * random.NextInt64() % Decimal128.Power(column.Type.Precision);
                decimals.Append(random.Next(2) == 0 ? magnitude : -magnitude);
                break;
            case Int64Column integers when column.Type.Kind is TypeKind.Int or TypeKind.Date:
                integers.Append(random.Next(-distinct, distinct));
                break;
            case Int64Column integers:
                integers.Append(random.Next(2) == 0 ? random.Next(distinct) : random.NextInt64(-1L << 50, 1L << 50));
                break;
            case BytesColumn bytes when column.Type.Kind == TypeKind.Bytes:
                var value = new byte[random.Next(80)];
                random.NextBytes(value);
                bytes.Append(value);
                break;
            case BytesColumn text:
                text.Append(string.Concat(Enumerable.Repeat("aé😀", random.Next(8))) + random.Next(distinct));
                break;
            default:
                throw new InvalidOperationException();
        }
    }
}

/// <summary>An object that is an array.</summary>
internal sealed class MemoryObject(byte[] bytes) : IObjectReader
{
    public string Location => "memory:///file.parquet";

    public long Length => bytes.Length;

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
