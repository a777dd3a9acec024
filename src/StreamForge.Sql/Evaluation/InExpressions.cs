using System.Collections.Frozen;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

/// <summary>x IN (…) over 64-bit integers that are known: a scan of a short list, a hash set for a long one.</summary>
/// <param name="hasNull">The list has a null, so that what is not found is unknown.</param>
internal sealed class InIntegers(Expression operand, ImmutableArray<long> items, bool hasNull) : Expression(DataType.Boolean)
{
    private const int Short = 8;
    private readonly FrozenSet<long> _set = items.ToFrozenSet();

    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (Int64Column)operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var from = source.Values;
        var to = result.WritableValues;
        if (items.Length <= Short)
        {
            foreach (var item in items)
            {
                for (var i = 0; i < to.Length; i++) to[i] |= from[i] == item ? (byte)1 : (byte)0;
            }
        }
        else
        {
            for (var i = 0; i < to.Length; i++) to[i] = _set.Contains(from[i]) ? (byte)1 : (byte)0;
        }
        result.CopyValidity(source);
        if (hasNull) InLists.UnknownWhereFalse(result);
        source.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame) => InLists.Possible(operand.Range(frame), items.Select(item => ConstantExpression.Of(operand.Type, item)), hasNull, frame);
}

/// <summary>x IN (…) over texts that are known, compared as UTF-8 bytes.</summary>
internal sealed class InTexts : Expression
{
    private const int Short = 4;
    private readonly Expression _operand;
    private readonly byte[][] _items;
    private readonly bool _hasNull;
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _set;

    public InTexts(Expression operand, IEnumerable<byte[]> items, bool hasNull) : base(DataType.Boolean)
    {
        _operand = operand;
        _hasNull = hasNull;
        var set = new HashSet<byte[]>(items, BytesComparer.Instance);
        _items = [.. set];
        _set = set.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (BytesColumn)_operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var to = result.WritableValues;
        for (var i = 0; i < to.Length; i++) to[i] = Contains(source[i]) ? (byte)1 : (byte)0;
        result.CopyValidity(source);
        if (_hasNull) InLists.UnknownWhereFalse(result);
        source.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame) => InLists.Possible(_operand.Range(frame), _items.Select(item => ConstantExpression.Of(_operand.Type, item)), _hasNull, frame);

    private bool Contains(ReadOnlySpan<byte> value)
    {
        if (_items.Length > Short) return _set.Contains(value);
        foreach (var item in _items)
        {
            if (value.SequenceEqual(item)) return true;
        }
        return false;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash64.Hash(alternate);
    }
}

/// <summary>x IN (…) of anything else: equality with each item, joined by OR. Operand and items have the same storage.</summary>
internal sealed class InList(Expression operand, ImmutableArray<Expression> items) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var to = result.WritableValues;
        var valid = result.WritableValid;
        foreach (var item in items)
        {
            var column = item.Evaluate(frame, rows);
            var equal = Comparisons.Compare(ComparisonKind.Equal, source, column);
            for (var i = 0; i < to.Length; i++)
            {
                var found = equal.Valid[i] & equal.Values[i];
                to[i] |= (byte)found;
                valid[i] &= equal.Valid[i];
            }
            column.Release();
            equal.Release();
        }
        for (var i = 0; i < to.Length; i++) valid[i] |= to[i];
        result.MarkNulls();
        source.Release();
        return result;
    }

    public override Truth Possible(RangeFrame frame) => InLists.Possible(operand.Range(frame), items, hasNull: false, frame);
}

internal static class InLists
{
    /// <summary>Equality with each item, joined by OR.</summary>
    public static Truth Possible(ColumnRange operand, IEnumerable<Expression> items, bool hasNull, RangeFrame frame)
    {
        var result = hasNull ? Truth.Unknown : Truth.False;
        foreach (var item in items) result = Truths.Or(result, Truths.Compare(ComparisonKind.Equal, operand, item.Range(frame)));
        return result;
    }

    public static void UnknownWhereFalse(BooleanColumn result)
    {
        var values = result.Values;
        var valid = result.WritableValid;
        for (var i = 0; i < valid.Length; i++) valid[i] &= values[i];
        result.MarkNulls();
    }
}
