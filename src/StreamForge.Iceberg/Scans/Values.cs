using System.Globalization;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>Known values, and columns of the types that files have, as the columns that the table is read as.</summary>
internal static class Values
{
    /// <summary>Appends a value of a table's column, in the form in which readers of files give it.</summary>
    public static void Append(Column target, PrimitiveType type, Literal value)
    {
        switch (target)
        {
            case Int64Column numbers: numbers.Append(type.IsNanoseconds ? EventTime.FloorDivide((long)value.Number, 1000) : (long)value.Number); break;
            case DoubleColumn doubles: doubles.Append(value.Float); break;
            case DecimalColumn decimals: decimals.Append(value.Number); break;
            case BooleanColumn flags: flags.Append((byte)(value.Number == 0 ? 0 : 1)); break;
            case BytesColumn text when type.Kind == PrimitiveKind.Uuid: text.Append(new Guid(value.Bytes, bigEndian: true).ToString()); break;
            case BytesColumn text when type.Kind == PrimitiveKind.Time: text.Append(new TimeOnly((long)value.Number * TimeSpan.TicksPerMicrosecond).ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture)); break;
            case BytesColumn bytes: bytes.Append(value.Bytes); break;
        }
    }

    /// <summary>A column of <paramref name="rows"/> times the same value.</summary>
    public static Column Repeat(DataType target, PrimitiveType type, Literal value, int rows)
    {
        var column = Column.Create(target, rows);
        for (var i = 0; i < rows; i++) Append(column, type, value);
        return column;
    }

    private static BytesColumn? Uuids(BytesColumn source)
    {
        var text = new BytesColumn(DataType.String, source.Count);
        for (var row = 0; row < source.Count; row++)
        {
            if (source.IsNull(row)) text.AppendNull();
            else if (source[row].Length == 16) text.Append(new Guid(source[row], bigEndian: true).ToString());
            else
            {
                text.Release();
                return null;
            }
        }
        source.Release();
        return text;
    }

    /// <summary>A column as the table's type (Iceberg specification, "Schema Evolution"): int to bigint, digits added to a decimal, date to timestamp. Takes over <paramref name="source"/>; null when the type cannot become the other.</summary>
    /// <param name="source">The column of the file.</param>
    /// <param name="target">The table's type.</param>
    /// <param name="isUuid">The table's column is a uuid, which some files keep as 16 bytes without saying so.</param>
    public static Column? Promote(Column source, DataType target, bool isUuid = false)
    {
        if (source.Type == target) return source;
        if (isUuid && source is BytesColumn { Type.Kind: TypeKind.Bytes } bytes) return Uuids(bytes);
        if (source is BytesColumn && target.IsVariableLength)
        {
            var text = new BytesColumn(target, source.Count);
            for (var i = 0; i < source.Count; i++) text.AppendFrom(source, i);
            source.Release();
            return text;
        }
        var factor = (source.Type.Kind, target.Kind) switch
        {
            (TypeKind.Int, TypeKind.BigInt or TypeKind.Date) or (TypeKind.BigInt, TypeKind.Timestamp or TypeKind.TimestampTz) => 1,
            (TypeKind.Timestamp or TypeKind.TimestampTz, TypeKind.Timestamp or TypeKind.TimestampTz) => 1,
            (TypeKind.Date, TypeKind.Timestamp or TypeKind.TimestampTz) => EventTime.Day,
            _ => 0,
        };
        Column? result = null;
        if (factor > 0)
        {
            var numbers = new Int64Column(target, source.Count);
            numbers.SetLength(source.Count);
            var from = ((Int64Column)source).Values;
            var to = numbers.WritableValues;
            for (var i = 0; i < to.Length; i++) to[i] = from[i] * factor;
            result = numbers;
        }
        else if (source is DecimalColumn decimals && target.Kind == TypeKind.Decimal && target.Scale >= source.Type.Scale)
        {
            var wider = new DecimalColumn(target, source.Count);
            wider.SetLength(source.Count);
            var power = Decimal128.Power(target.Scale - source.Type.Scale);
            var from = decimals.Values;
            var to = wider.WritableValues;
            for (var i = 0; i < to.Length; i++) to[i] = from[i] * power;
            result = wider;
        }
        else if (source is Int64Column integers && target.Kind == TypeKind.Double && source.Type.IsInteger)
        {
            var doubles = new DoubleColumn(source.Count);
            doubles.SetLength(source.Count);
            var from = integers.Values;
            var to = doubles.WritableValues;
            for (var i = 0; i < to.Length; i++) to[i] = from[i];
            result = doubles;
        }
        if (result is null) return null;
        result.CopyValidity(source);
        source.Release();
        return result;
    }
}
