using System.Globalization;

namespace StreamForge.Core;

/// <summary>A column's type. Precision and scale matter only for <see cref="TypeKind.Decimal"/>.</summary>
/// <param name="Kind">The kind of value.</param>
/// <param name="Precision">Decimal digits in all, 1 to 38.</param>
/// <param name="Scale">Decimal digits after the point, 0 to <paramref name="Precision"/>.</param>
public readonly record struct DataType(TypeKind Kind, byte Precision = 0, byte Scale = 0)
{
    /// <summary>The largest number of decimal digits.</summary>
    public const int MaxPrecision = 38;

    public static DataType Boolean => new(TypeKind.Boolean);
    public static DataType Int => new(TypeKind.Int);
    public static DataType BigInt => new(TypeKind.BigInt);
    public static DataType Double => new(TypeKind.Double);
    public static DataType String => new(TypeKind.String);
    public static DataType Bytes => new(TypeKind.Bytes);
    public static DataType Date => new(TypeKind.Date);
    public static DataType Timestamp => new(TypeKind.Timestamp);
    public static DataType TimestampTz => new(TypeKind.TimestampTz);

    /// <summary>An exact decimal with <paramref name="precision"/> digits, <paramref name="scale"/> of them after the point.</summary>
    public static DataType Decimal(int precision, int scale) => new(TypeKind.Decimal, checked((byte)precision), checked((byte)scale));

    /// <summary>int or bigint.</summary>
    public bool IsInteger => Kind is TypeKind.Int or TypeKind.BigInt;

    /// <summary>int, bigint, double or decimal.</summary>
    public bool IsNumeric => Kind is TypeKind.Int or TypeKind.BigInt or TypeKind.Double or TypeKind.Decimal;

    /// <summary>timestamp or timestamptz.</summary>
    public bool IsTimestamp => Kind is TypeKind.Timestamp or TypeKind.TimestampTz;

    /// <summary>Kept as bytes: string, bytes, and the nested kinds, which are kept as JSON text.</summary>
    public bool IsVariableLength => Kind is TypeKind.String or TypeKind.Bytes or TypeKind.Array or TypeKind.Map or TypeKind.Row;

    /// <summary>Kept as a 64-bit integer: int, bigint, date, timestamp, timestamptz.</summary>
    public bool IsInt64Backed => Kind is TypeKind.Int or TypeKind.BigInt or TypeKind.Date or TypeKind.Timestamp or TypeKind.TimestampTz;

    /// <summary>The name as pipeline files write it, such as <c>decimal(10,3)</c>.</summary>
    public override string ToString() => Kind switch
    {
        TypeKind.Decimal => string.Create(CultureInfo.InvariantCulture, $"decimal({Precision},{Scale})"),
        TypeKind.BigInt => "bigint",
        TypeKind.TimestampTz => "timestamptz",
        _ => Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>Reads a type's name, in any case: <c>bigint</c>, <c>decimal(10, 3)</c>, and the usual other spellings (integer, long, varchar, float64, timestamp_ltz, …).</summary>
    /// <returns>false when <paramref name="text"/> names no type or a decimal's digits are out of range.</returns>
    public static bool TryParse(string text, out DataType type)
    {
        ArgumentNullException.ThrowIfNull(text);
        var name = text.Trim().ToLowerInvariant();
        var open = name.IndexOf('(', StringComparison.Ordinal);
        var arguments = Array.Empty<string>();
        if (open >= 0)
        {
            type = default;
            if (!name.EndsWith(')')) return false;
            arguments = name[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
            name = name[..open].TrimEnd();
        }
        switch (name)
        {
            case "boolean" or "bool": type = Boolean; break;
            case "int" or "integer" or "smallint" or "tinyint" or "int32": type = Int; break;
            case "bigint" or "long" or "int64": type = BigInt; break;
            case "double" or "float" or "real" or "double precision" or "float64": type = Double; break;
            case "string" or "text" or "varchar" or "char": type = String; return true;
            case "bytes" or "binary" or "varbinary": type = Bytes; return true;
            case "date": type = Date; break;
            case "timestamp": type = Timestamp; return true;
            case "timestamptz" or "timestamp_ltz" or "timestamp with time zone": type = TimestampTz; return true;
            case "array": type = new DataType(TypeKind.Array); return true;
            case "map": type = new DataType(TypeKind.Map); return true;
            case "row": type = new DataType(TypeKind.Row); return true;
            case "decimal" or "numeric" or "dec": return TryDecimal(arguments, out type);
            default: type = default; return false;
        }
        return arguments.Length == 0;
    }

    private static bool TryDecimal(string[] arguments, out DataType type)
    {
        type = Decimal(10, 0);
        if (arguments.Length == 0) return true;
        if (arguments.Length > 2) return false;
        if (!int.TryParse(arguments[0], NumberStyles.None, CultureInfo.InvariantCulture, out var precision)) return false;
        var scale = 0;
        if (arguments.Length == 2 && !int.TryParse(arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out scale)) return false;
        if (precision is < 1 or > MaxPrecision || scale > precision) return false;
        type = Decimal(precision, scale);
        return true;
    }
}
