using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

/// <summary>Columns of any type with values that are likely to meet: few different ones, and the odd ends of each type.</summary>
internal static class AnyColumn
{
    public static readonly DataType[] Types =
    [
        DataType.Boolean, DataType.Int, DataType.BigInt, DataType.Double, DataType.Decimal(10, 3), DataType.Decimal(38, 0), DataType.Decimal(38, 38),
        DataType.String, DataType.Bytes, DataType.Date, DataType.Timestamp, DataType.TimestampTz, new(TypeKind.Array), new(TypeKind.Map), new(TypeKind.Row),
    ];

    /// <summary>A type and a seed for its values.</summary>
    public static Arbitrary<(DataType Type, int Seed)> Arbitrary() =>
        (from type in Gen.Elements(Types) from seed in ArbMap.Default.GeneratorFor<int>() select (type, seed)).ToArbitrary();

    public static Column Of(DataType type, Random random, int rows, double nulls = 0)
    {
        // A capacity smaller than the rows, so that filling grows.
        var column = Column.Create(type, random.Next(rows + 1));
        for (var i = 0; i < rows; i++)
        {
            if (random.NextDouble() < nulls) column.AppendNull();
            else AppendAny(column, random);
        }
        return column;
    }

    public static void AppendAny(Column column, Random random)
    {
        switch (column)
        {
            case BooleanColumn booleans: booleans.Append((byte)random.Next(2)); break;
            case DoubleColumn doubles: doubles.Append(Pick(random, 0.0, -0.0, 1, 1.5, double.NaN, -double.NaN, double.MaxValue, double.Epsilon, double.NegativeInfinity, random.NextDouble())); break;
            case DecimalColumn decimals: decimals.Append(Pick(random, 0, 1, 10, 100, -100, Decimal128.Limit - 1, 1 - Decimal128.Limit, random.Next())); break;
            case Int64Column dates when column.Type.Kind == TypeKind.Date: dates.Append(Pick(random, 0, -1, -719_162, 2_932_896, random.Next(100_000))); break;
            case Int64Column integers: integers.Append(Pick(random, 0, 1, -1, 161, long.MaxValue, long.MinValue, random.NextInt64())); break;
            case BytesColumn bytes when column.Type.Kind == TypeKind.Bytes: bytes.Append(Binary(random)); break;
            case BytesColumn texts: texts.Append(Pick(random, "", "a", "b", "ab", "aé😀", "161", new string('x', random.Next(300)))); break;
        }
    }

    private static byte[] Binary(Random random)
    {
        var bytes = new byte[Pick(random, 0, 1, 2, 127, 128, 20_000)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];

    /// <summary>A row's value as something that compares by value; the type's own notion of equal.</summary>
    public static object? Value(Column column, int row) => column.IsNull(row) ? null : column switch
    {
        BooleanColumn booleans => booleans[row] != 0,
        DoubleColumn doubles => doubles[row],
        DecimalColumn decimals => decimals[row],
        Int64Column integers => integers[row],
        BytesColumn bytes => Convert.ToHexString(bytes[row]),
        _ => throw new InvalidOperationException(),
    };

    public static object?[] Values(Column column) => [.. Enumerable.Range(0, column.Count).Select(row => Value(column, row))];
}
