using System.Buffers;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>Reads one top-level column of a row group, some rows at a time. For one task at a time.</summary>
internal abstract class ColumnReader : IDisposable
{
    /// <summary>The next <paramref name="rows"/> rows as a new column.</summary>
    public abstract ValueTask<Column> ReadAsync(int rows, CancellationToken cancellation);

    public abstract void Dispose();
}

/// <summary>A column of single values: a null is a definition level of 0.</summary>
internal sealed class FlatReader(ChunkPages pages, ParquetColumn leaf, ValueReader values) : ColumnReader
{
    private byte[] _levels = [];

    public override async ValueTask<Column> ReadAsync(int rows, CancellationToken cancellation)
    {
        var target = values.Create(rows);
        try
        {
            var hasNulls = false;
            for (var done = 0; done < rows;)
            {
                if (pages.Left == 0 && !await pages.NextAsync(cancellation)) throw pages.Damaged($"the chunk ends {rows - done} rows early");
                var take = Math.Min(rows - done, pages.Left);
                hasNulls |= Read(target, done, take);
                done += take;
                pages.Left -= take;
            }
            if (hasNulls) target.MarkNulls();
            return target;
        }
        catch
        {
            target.Release();
            throw;
        }
    }

    public override void Dispose()
    {
        pages.Dispose();
        if (_levels.Length > 0) ArrayPool<byte>.Shared.Return(_levels);
        _levels = [];
    }

    /// <returns>Whether there are nulls.</returns>
    private bool Read(Column target, int offset, int count)
    {
        try
        {
            var level = 1;
            var isRun = leaf.MaxDefinition == 0 || pages.Definition.TryRun(count, out level);
            if (isRun && level == 1)
            {
                values.Read(pages.Values, target, offset, count);
                return false;
            }
            if (_levels.Length < count)
            {
                if (_levels.Length > 0) ArrayPool<byte>.Shared.Return(_levels);
                _levels = ArrayPool<byte>.Shared.Rent(count);
            }
            var valid = _levels.AsSpan(0, count);
            if (isRun) valid.Clear();
            else pages.Definition.Read(valid);
            var present = 0;
            foreach (var one in valid) present += one;
            values.Spread(pages.Values, target, offset, valid, present);
            return present < count;
        }
        catch (DamagedParquetException damaged)
        {
            throw pages.Damaged(damaged.Message);
        }
    }
}
