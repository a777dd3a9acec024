using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// One batch under evaluation: its columns, the values that are shared between parts of an expression, and which rows have failed.
/// Lives for one call, on one thread.
/// </summary>
internal sealed class Frame(int count, Column[] columns, int slots, EvaluationContext context, IRowErrors errors, int[]? rowMap)
{
    private readonly Column?[] _slots = slots == 0 ? [] : new Column?[slots];
    private byte[]? _failed;
    private long? _now;

    /// <summary>Rows.</summary>
    public int Count => count;

    public EvaluationContext Context => context;

    /// <summary>How many rows have failed.</summary>
    public int Failures { get; private set; }

    /// <summary>This batch's now, microseconds since 1970 UTC.</summary>
    public long Now => _now ??= context.Now();

    /// <summary>The column bound as <paramref name="index"/>, not retained.</summary>
    public Column Column(int index) => columns[index];

    public Column? Slot(int index) => _slots[index];

    public void SetSlot(int index, Column? value) => _slots[index] = value;

    public bool HasFailed(int row) => _failed is not null && _failed[row] != 0;

    /// <summary>Reports a row, by its number in the batch that was passed in from outside.</summary>
    public void Fail(int row, string reason)
    {
        if (_failed is null)
        {
            _failed = ArrayPool<byte>.Shared.Rent(Math.Max(count, 1));
            _failed.AsSpan(0, count).Clear();
        }
        if (_failed[row] == 0)
        {
            _failed[row] = 1;
            Failures++;
        }
        errors.Report(rowMap is null ? row : rowMap[row], reason);
    }

    public void Close()
    {
        if (_failed is not null) ArrayPool<byte>.Shared.Return(_failed);
        _failed = null;
    }
}
