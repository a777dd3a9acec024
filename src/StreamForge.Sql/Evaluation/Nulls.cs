using System.Numerics;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>Validity of results.</summary>
internal static class Nulls
{
    /// <summary>Makes <paramref name="result"/> null where <paramref name="a"/> or <paramref name="b"/> is.</summary>
    public static void Combine(Column result, Column a, Column b)
    {
        if (!a.HasNulls) result.CopyValidity(b);
        else if (!b.HasNulls) result.CopyValidity(a);
        else
        {
            And(a.Valid, b.Valid, result.WritableValid);
            result.MarkNulls();
        }
    }

    private static void And(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> result)
    {
        var i = 0;
        for (; i <= result.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(a[i..]) & new Vector<byte>(b[i..])).CopyTo(result[i..]);
        for (; i < result.Length; i++) result[i] = (byte)(a[i] & b[i]);
    }

    /// <summary>Makes a row of a result under construction null.</summary>
    public static void Set(Column result, int row)
    {
        result.WritableValid[row] = 0;
        result.MarkNulls();
    }

    /// <summary>A copy of <paramref name="column"/> that is null where rows of the frame failed. Releases <paramref name="column"/>.</summary>
    public static Column WhereFailed(Column column, Frame frame)
    {
        var result = Column.Create(column.Type, column.Count);
        for (var i = 0; i < column.Count; i++)
        {
            if (frame.HasFailed(i)) result.AppendNull();
            else result.AppendFrom(column, i);
        }
        column.Release();
        return result;
    }
}
