using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Sql.Lookups;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// <c>LEFT JOIN table ON table.key = expression</c>: one probe a row, then the columns that are read are gathered. A key is unique, so a row meets one row of the
/// table or none, and a null meets none.
/// </summary>
/// <param name="table">What is joined.</param>
/// <param name="index">Finds its rows by values of the expressions' types.</param>
/// <param name="keys">One expression for each part of the key, over the columns to the left.</param>
/// <param name="isInner">Rows that meet none are left out; otherwise the table's columns are null for them.</param>
/// <param name="first">The bound position of the table's first column.</param>
/// <param name="columnsRead">Bound positions that the keys read.</param>
/// <param name="canonical">For fingerprints.</param>
internal sealed class LookupJoin(
    LookupTable table, KeyIndex index, ImmutableArray<Expression> keys, bool isInner, int first, ImmutableArray<int> columnsRead, bool isDeterministic, string canonical)
{
    public LookupTable Table => table;

    public bool IsInner => isInner;

    public ImmutableArray<int> ColumnsRead => columnsRead;

    public bool IsDeterministic => isDeterministic;

    public string Canonical => canonical;

    /// <summary>The bound position behind the table's last column.</summary>
    public int End => first + table.Schema.Count;

    /// <summary>Whether the bound position is one of the table's columns.</summary>
    public bool Has(int column) => column >= first && column < End;

    /// <summary>Adds the table's columns among <paramref name="needed"/> to the rows. A row whose key fails is reported and left out.</summary>
    /// <param name="needed">Bound positions that are read from here on, ascending.</param>
    public void Apply(WorkingRows rows, ReadOnlySpan<int> needed, int slots, EvaluationContext context, IRowErrors errors)
    {
        var count = rows.Count;
        var frame = rows.Open(slots, context, errors);
        var values = new Column[keys.Length];
        for (var i = 0; i < values.Length; i++) values[i] = keys[i].Evaluate(frame, Selection.All(count));
        var matches = ArrayPool<int>.Shared.Rent(Math.Max(count, 1));
        index.Find(values, count, table.Rows, matches);
        foreach (var value in values) value.Release();
        if (isInner || frame.Failures > 0) count = LeaveOut(rows, frame, matches, needed);
        frame.Close();
        foreach (var column in needed)
        {
            if (Has(column)) rows.Add(column, table.Columns[column - first].Gather(matches.AsSpan(0, count)));
        }
        ArrayPool<int>.Shared.Return(matches);
    }

    /// <summary>Leaves out rows that failed or, for an inner join, met none, in <paramref name="matches"/> too; returns how many stay.</summary>
    private int LeaveOut(WorkingRows rows, Frame frame, int[] matches, ReadOnlySpan<int> needed)
    {
        var kept = ArrayPool<int>.Shared.Rent(Math.Max(rows.Count, 1));
        var count = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            if (frame.HasFailed(i) || (isInner && matches[i] == table.Rows)) continue;
            matches[count] = matches[i];
            kept[count++] = i;
        }
        rows.Keep(kept.AsSpan(0, count), needed);
        ArrayPool<int>.Shared.Return(kept);
        return count;
    }
}
