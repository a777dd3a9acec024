using System.Text;
using StreamForge.Core;
using StreamForge.Sql.Ranges;

namespace StreamForge.Sql.Evaluation;

/// <summary>LIKE with a pattern that is known.</summary>
internal sealed class LikeExpression(Expression operand, LikePattern pattern) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (BytesColumn)operand.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        result.SetLength(frame.Count);
        var to = result.WritableValues;
        for (var i = 0; i < to.Length; i++)
        {
            if (rows.Contains(i)) to[i] = pattern.Matches(source[i]) ? (byte)1 : (byte)0;
        }
        result.CopyValidity(source);
        source.Release();
        return result;
    }

    /// <summary>A text that matches begins with what stands before the first wildcard.</summary>
    public override Truth Possible(RangeFrame frame)
    {
        var range = operand.Range(frame);
        if (range.AlwaysNull) return Truth.Unknown;
        var prefix = pattern.Prefix;
        var matches = !(range.Knows(0) && Start(range, 0, prefix.Length).SequenceCompareTo(prefix) > 0) && !(range.Knows(1) && Start(range, 1, prefix.Length).SequenceCompareTo(prefix) < 0);
        return Truths.Of(matches, true, !range.NeverNull);
    }

    private static ReadOnlySpan<byte> Start(ColumnRange range, int row, int length)
    {
        var text = ((BytesColumn)range.Bounds!)[row];
        return text[..Math.Min(text.Length, length)];
    }
}

/// <summary>LIKE with a pattern, or an escape character, that differs from row to row; the pattern of the row before is kept.</summary>
internal sealed class DynamicLikeExpression(Expression operand, Expression pattern, Expression? escape) : Expression(DataType.Boolean)
{
    public override Column Evaluate(Frame frame, Selection rows)
    {
        var source = (BytesColumn)operand.Evaluate(frame, rows);
        var patterns = (BytesColumn)pattern.Evaluate(frame, rows);
        var escapes = (BytesColumn?)escape?.Evaluate(frame, rows);
        var result = new BooleanColumn(frame.Count);
        LikePattern? compiled = null;
        var last = -1;
        for (var i = 0; i < frame.Count; i++)
        {
            if (!rows.Contains(i) || source.IsNull(i) || patterns.IsNull(i) || escapes?.IsNull(i) == true)
            {
                result.AppendNull();
                continue;
            }
            if (last < 0 || !patterns[i].SequenceEqual(patterns[last]) || (escapes is not null && !escapes[i].SequenceEqual(escapes[last])))
            {
                last = i;
                compiled = Compile(patterns[i], escapes is null ? default : escapes[i], escapes is not null, out var problem);
                if (compiled is null)
                {
                    last = -1;
                    result.AppendNull();
                    frame.Fail(i, problem);
                    continue;
                }
            }
            result.Append(compiled!.Matches(source[i]) ? (byte)1 : (byte)0);
        }
        source.Release();
        patterns.Release();
        escapes?.Release();
        return result;
    }

    public static LikePattern? Compile(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> escape, bool hasEscape, out string problem)
    {
        if (!hasEscape) return LikePattern.Compile(pattern, -1, out problem);
        if (escape.IsEmpty || Functions.Utf8.CharacterLength(escape) != escape.Length)
        {
            problem = "the escape must be one character";
            return null;
        }
        Rune.DecodeFromUtf8(escape, out var rune, out _);
        return LikePattern.Compile(pattern, rune.Value, out problem);
    }
}
