using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>Columns of every kind with values and nulls of any shape, and what they say as text.</summary>
internal static class RandomColumns
{
    public static readonly DataType[] Types =
    [
        DataType.Boolean, DataType.Int, DataType.BigInt, DataType.Double, DataType.Decimal(12, 2), DataType.Decimal(38, 6), DataType.String, DataType.Bytes,
        DataType.Date, DataType.Timestamp, DataType.TimestampTz, new(TypeKind.Array), new(TypeKind.Map), new(TypeKind.Row),
    ];

    public static Column Of(DataType type, int rows, Random random)
    {
        var column = Column.Create(type, rows);
        var nulls = random.Next(3) == 0 ? random.Next(2, 5) : int.MaxValue;
        var isWide = random.Next(2) == 0;
        for (var row = 0; row < rows; row++)
        {
            if (nulls < int.MaxValue && random.Next(nulls) == 0)
            {
                column.AppendNull();
                continue;
            }
            switch (column)
            {
                case BooleanColumn booleans: booleans.Append((byte)random.Next(2)); break;
                case DoubleColumn doubles: doubles.Append(random.Next(8) == 0 ? double.NaN : BitConverter.Int64BitsToDouble(random.NextInt64())); break;
                case DecimalColumn decimals: decimals.Append(isWide ? new Int128((ulong)random.NextInt64(), (ulong)random.NextInt64()) : random.Next(1000) - 500); break;
                case Int64Column integers: integers.Append(isWide ? Number(random) : 1_700_000_000_000_000 + random.Next(1 << random.Next(1, 31))); break;
                case BytesColumn bytes:
                    var value = new byte[random.Next(isWide ? 400 : 5)];
                    random.NextBytes(value);
                    bytes.Append(value);
                    break;
            }
        }
        return column;
    }

    /// <summary>A number of any size and sign, the ends among them.</summary>
    public static long Number(Random random) => random.Next(6) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue,
        2 => random.Next(),
        _ => (long)((ulong)random.NextInt64() << 1 ^ (ulong)random.Next(2)),
    };

    /// <summary>One row, exactly.</summary>
    public static string Text(Column column, int row) => column.IsNull(row) ? "null" : column switch
    {
        BooleanColumn booleans => booleans[row].ToString(),
        DoubleColumn doubles => BitConverter.DoubleToInt64Bits(doubles[row]).ToString(),
        DecimalColumn decimals => decimals[row].ToString(),
        Int64Column integers => integers[row].ToString(),
        _ => Convert.ToHexString(((BytesColumn)column)[row]),
    };

    public static ColumnBatch Batch(Random random)
    {
        var rows = random.Next(4) == 0 ? random.Next(3) : random.Next(1, 300);
        var schema = new Schema(Enumerable.Range(0, random.Next(1, 8)).Select(i => new Field($"column {i} ä", Types[random.Next(Types.Length)])));
        var headers = new RowHeaders(rows);
        var position = random.NextInt64(1_000_000);
        for (var row = 0; row < rows; row++)
        {
            headers.Positions[row] = position += random.Next(1, 4);
            headers.EventTimes[row] = Number(random);
            headers.Watermarks[row] = random.Next(2) == 0 ? EventTime.MinValue : Number(random);
            headers.Orders[row] = 5L << 48 | (uint)row;
            headers.Ops[row] = (byte)"cudr"[random.Next(4)];
        }
        Column[] columns = [.. schema.Fields.Select(f => Of(f.Type, rows, random))];
        var texts = random.Next(2) == 0 ? null : (BytesColumn)Of(DataType.String, rows, random);
        return new ColumnBatch(schema, columns, headers, new BatchOrigin(new PartitionId("orders", random.Next(40)), random.Next(2) == 0 ? "" : "ü.json")) { PositionTexts = texts };
    }
}
