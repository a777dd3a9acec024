using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class ColumnBatchTests
{
    private static readonly BatchOrigin Origin = new(new PartitionId("s", 3), "part-1");

    private static (ColumnBatch Batch, Int64Column Numbers, BytesColumn Texts) Some(int rows)
    {
        var numbers = new Int64Column(DataType.BigInt, 0);
        var texts = new BytesColumn(DataType.String, 0);
        var headers = new RowHeaders(rows);
        for (var i = 0; i < rows; i++)
        {
            numbers.Append(i);
            texts.Append($"t{i}");
            headers.Positions[i] = 100 + i;
            headers.EventTimes[i] = 200 + i;
            headers.Watermarks[i] = 300 + i;
            headers.Orders[i] = 400 + i;
            headers.Ops[i] = (byte)(i % 2 == 0 ? ChangeOp.Create : ChangeOp.Delete);
        }
        return (new ColumnBatch(new Schema([new("n", DataType.BigInt), new("t", DataType.String)]), [numbers, texts], headers, Origin), numbers, texts);
    }

    [Fact]
    public void The_last_release_gives_back_each_column_and_the_headers_once()
    {
        var (batch, numbers, texts) = Some(3);
        numbers.Retain();
        batch.Retain();
        batch.Release();
        Assert.Equal((3, 3), (numbers.Count, texts.Count));
        batch.Release();
        Assert.Equal((3, 0), (numbers.Count, texts.Count));
        Assert.Empty(batch.Headers.Arrays.EventTimes);
        numbers.Release();
        Assert.Equal(0, numbers.Count);
        Assert.Throws<InvalidOperationException>(batch.Release);
        Assert.Throws<InvalidOperationException>(batch.Headers.Release);
    }

    [Fact]
    public void Gathered_batches_own_their_rows_and_keep_all_headers()
    {
        var (batch, _, _) = Some(5);
        var gathered = batch.Gather([4, 0, 4]);
        batch.Release();
        Assert.Equal([4L, 0, 4], ((Int64Column)gathered["n"]).Values.ToArray());
        Assert.Equal(["t4", "t0", "t4"], Enumerable.Range(0, 3).Select(i => ((BytesColumn)gathered[1]).GetString(i)));
        var headers = gathered.Headers;
        Assert.Equal([104L, 100, 104], headers.Positions.ToArray());
        Assert.Equal([204L, 200, 204], headers.EventTimes.ToArray());
        Assert.Equal([304L, 300, 304], headers.Watermarks.ToArray());
        Assert.Equal([404L, 400, 404], headers.Orders.ToArray());
        Assert.Equal("ccc"u8.ToArray(), headers.Ops.ToArray());
        Assert.Equal((Origin, 3), (gathered.Origin, gathered.Count));
        gathered.Release();
    }

    [Fact]
    public void Columns_are_found_by_name_and_must_fit()
    {
        var (batch, numbers, _) = Some(2);
        Assert.Same(numbers, batch["n"]);
        Assert.Contains("no column x", Assert.Throws<KeyNotFoundException>(() => batch["x"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ColumnBatch(batch.Schema, [numbers], batch.Headers, Origin));
        Assert.Throws<ArgumentException>(() => new ColumnBatch(new Schema([new("n", DataType.BigInt)]), [numbers], new RowHeaders(3), Origin));
        batch.Release();
    }

    [Fact]
    public void New_headers_are_zero_and_creations_whatever_the_rented_arrays_held()
    {
        var (batch, _, _) = Some(50);
        batch.Release();
        var headers = new RowHeaders(50);
        Assert.All(headers.Positions.ToArray().Concat(headers.EventTimes.ToArray()).Concat(headers.Watermarks.ToArray()).Concat(headers.Orders.ToArray()), n => Assert.Equal(0, n));
        Assert.All(headers.Ops.ToArray(), op => Assert.Equal((byte)ChangeOp.Create, op));
        headers.Release();
    }
}
