using System.Buffers;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// Which rows of a batch an expression is wanted for: all, or those with 1 in a mask. Values of other rows are computed or not as it suits,
/// and mean nothing; errors of other rows are never reported.
/// </summary>
internal readonly struct Selection
{
    private readonly byte[]? _mask;

    private Selection(byte[]? mask, int count)
    {
        _mask = mask;
        Count = count;
    }

    /// <summary>Rows of the batch, wanted or not.</summary>
    public int Count { get; }

    public bool Contains(int row) => _mask is null || _mask[row] != 0;

    public static Selection All(int count) => new(null, count);

    /// <summary>A narrower selection to be written through <see cref="Mask"/>, which begins as this one; give it back with <see cref="Return"/>.</summary>
    public Selection Copy()
    {
        var mask = ArrayPool<byte>.Shared.Rent(Math.Max(Count, 1));
        if (_mask is null) mask.AsSpan(0, Count).Fill(1);
        else _mask.AsSpan(0, Count).CopyTo(mask);
        return new Selection(mask, Count);
    }

    /// <summary>One byte a row, 1 for wanted; only of a copy.</summary>
    public Span<byte> Mask => _mask.AsSpan(0, Count);

    public bool Any => _mask is null ? Count > 0 : _mask.AsSpan(0, Count).Contains((byte)1);

    public void Return()
    {
        if (_mask is not null) ArrayPool<byte>.Shared.Return(_mask);
    }
}
