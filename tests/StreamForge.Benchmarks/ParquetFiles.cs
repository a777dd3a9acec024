using System.Buffers;
using BenchmarkDotNet.Attributes;
using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;

namespace StreamForge.Benchmarks;

/// <summary>Clickstream rows into a Parquet file, and the sum of one column of five million rows.</summary>
[MemoryDiagnoser]
public class ParquetFiles
{
    private const int Batches = 16;
    private const int ScanRows = 5_000_000;

    private readonly ArrayBufferWriter<byte> _output = new(1 << 26);
    private ColumnBatch? _clicks;
    private byte[] _numbers = [];

    [GlobalSetup]
    public void Fill()
    {
        _clicks = ClickstreamBatch.Decoded().Batch;
        var column = new Int64Column(DataType.BigInt, ScanRows);
        var random = new Random(1);
        for (var i = 0; i < ScanRows; i++) column.Append(random.Next());
        var output = new ArrayBufferWriter<byte>();
        using var encoder = new ParquetEncoder(output, [new DataFileColumn("c", DataType.BigInt, 1)]);
        encoder.Write([column]);
        encoder.Complete();
        _numbers = output.WrittenSpan.ToArray();
        column.Release();
    }

    [Benchmark(OperationsPerInvoke = Batches * ClickstreamBatch.Rows)]
    public long EncodeRow()
    {
        _output.ResetWrittenCount();
        using var encoder = new ParquetEncoder(_output, [.. ClickstreamBatch.Columns.Fields.Select((field, i) => new DataFileColumn(field.Name, field.Type, i + 1))]);
        for (var i = 0; i < Batches; i++) encoder.Write(_clicks!.Columns);
        return encoder.Complete().Bytes;
    }

    [Benchmark(OperationsPerInvoke = ScanRows)]
    public async Task<long> ScanRow()
    {
        await using var file = await ParquetFile.OpenAsync(new MemoryObject(_numbers), CancellationToken.None);
        long sum = 0;
        for (var group = 0; group < file.RowGroups.Length; group++)
        {
            using var reader = file.Read(group, [0]);
            while (await reader.ReadAsync(16_384, CancellationToken.None) is { } columns)
            {
                foreach (var value in ((Int64Column)columns[0]).Values) sum += value;
                columns[0].Release();
            }
        }
        return sum;
    }

    private sealed class MemoryObject(byte[] bytes) : IObjectReader
    {
        public string Location => "memory:///numbers.parquet";

        public long Length => bytes.Length;

        public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
        {
            bytes.AsMemory((int)offset, destination.Length).CopyTo(destination);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
