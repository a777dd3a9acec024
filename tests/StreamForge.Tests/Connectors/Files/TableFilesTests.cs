using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Connectors.Files.Tables;
using StreamForge.Core;
using StreamForge.Formats.Avro.Columns;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Connectors.Files;

/// <summary>Avro and Parquet files as a source.</summary>
public sealed class TableFilesTests : IDisposable
{
    private static readonly Schema Stored = new([new("t", DataType.BigInt), new("name", DataType.String), new("n", DataType.Int), new("price", DataType.Decimal(8, 2))]);

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-tables-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("avro")]
    [InlineData("parquet")]
    public async Task Files_are_read_in_the_order_of_their_names_and_a_restart_goes_on_exactly(string format)
    {
        Write(format, "b", 10, 7);
        Write(format, "a", 0, 10);
        await using var source = await OpenAsync(format, null);
        Assert.Equal(Stored, source.Schema);
        var columns = new Schema([Stored[2], Stored[1]]);
        var (rows, cursors, letters) = await ReadAsync(source, columns, PartitionCursor.Start, 3);
        Assert.Empty(letters);
        Assert.Equal([.. Enumerable.Range(0, 17).Select(i => $"{(i < 10 ? "a" : "b")}.{format}:{(i < 10 ? i : i - 10)} {i} {(i % 5 == 0 ? "null" : $"n{i}")}")], rows);
        foreach (var (cursor, taken) in cursors)
        {
            var (rest, _, _) = await ReadAsync(source, columns, cursor, 4);
            Assert.Equal(rows.Skip(taken), rest);
        }
    }

    [Theory]
    [InlineData("avro")]
    [InlineData("parquet")]
    public async Task Declared_columns_widen_integers_with_a_unit_are_times_and_what_loses_values_is_a_fault(string format)
    {
        Write(format, "a", 0, 3);
        await using var source = await OpenAsync(format, [Field("t", DataType.TimestampTz, 1000), Field("n", DataType.BigInt), Field("price", DataType.Decimal(12, 4))]);
        var (rows, _, _) = await ReadAsync(source, source.Schema, PartitionCursor.Start, 10);
        Assert.Equal(format == "avro" ? "a.avro:2 1970-01-01T00:00:02Z 2 2.0000" : "a.parquet:2 1970-01-01T00:00:02Z 2 2.0000", rows[2]);
        var error = await Assert.ThrowsAsync<InvalidDefinitionException>(() => OpenAsync(format, [Field("t", DataType.Timestamp), Field("nmae", DataType.String), Field("price", DataType.Decimal(8, 1))]));
        Assert.Equal(3, error.Faults.Length);
        Assert.Contains("needs 'unit'", error.Faults[0].Sentence, StringComparison.Ordinal);
        Assert.EndsWith("has no column 'nmae'; did you mean 'name'?", error.Faults[1].Sentence, StringComparison.Ordinal);
        Assert.Contains("is decimal(8,2), and not every such value is a decimal(8,1)", error.Faults[2].Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("avro")]
    [InlineData("parquet")]
    public async Task A_damaged_file_gives_one_dead_letter_and_the_next_file_is_read(string format)
    {
        Write(format, "a", 0, 10);
        Write(format, "b", 10, 2);
        var path = Path.Combine(_folder, "a." + format);
        var bytes = await File.ReadAllBytesAsync(path);
        await using var source = await OpenAsync(format, null);
        await File.WriteAllBytesAsync(path, bytes[..^5]);
        var (rows, cursors, letters) = await ReadAsync(source, new Schema([Stored[2]]), PartitionCursor.Start, 100);
        Assert.Equal(["b." + format + ":0 10", "b." + format + ":1 11"], rows.Where(r => r.StartsWith('b')));
        Assert.Contains("a." + format, Assert.Single(letters).Reason, StringComparison.Ordinal);
        var (_, _, again) = await ReadAsync(source, new Schema([Stored[2]]), cursors.First(c => c.Cursor.State is not null).Cursor, 100);
        Assert.Empty(again);
    }

    private static SchemaField Field(string name, DataType type, long unit = 0) => new(name, type, unit, new SourceLocation("p.yaml", 1, 1));

    private Task<TableFilesSource> OpenAsync(string format, ImmutableArray<SchemaField>? declared) =>
        TableFilesSource.OpenAsync("s", new FilesSourceOptions(Path.Combine(_folder, "*." + format), format), declared, CancellationToken.None);

    private void Write(string format, string name, int from, int count)
    {
        var output = new ArrayBufferWriter<byte>();
        ImmutableArray<DataFileColumn> fields = [.. Stored.Fields.Select((f, i) => new DataFileColumn(f.Name, f.Type, i + 1))];
        using IDataFileEncoder encoder = format == "avro" ? new AvroEncoder(output, fields) : new ParquetEncoder(output, fields);
        var t = new Int64Column(DataType.BigInt, count);
        var names = new BytesColumn(DataType.String, count);
        var n = new Int64Column(DataType.Int, count);
        var price = new DecimalColumn(DataType.Decimal(8, 2), count);
        for (var i = from; i < from + count; i++)
        {
            t.Append(i * 1000L);
            if (i % 5 == 0) names.AppendNull();
            else names.Append($"n{i}");
            n.Append(i);
            price.Append(i * 100);
        }
        encoder.Write([t, names, n, price]);
        encoder.Complete();
        File.WriteAllBytes(Path.Combine(_folder, $"{name}.{format}"), output.WrittenSpan.ToArray());
    }

    private static async Task<(List<string> Rows, List<(PartitionCursor Cursor, int Taken)> Cursors, List<DeadLetter> Letters)> ReadAsync(
        TableFilesSource source, Schema columns, PartitionCursor start, int maxRows)
    {
        await using var reader = source.Open(source.Partitions[0], start, new ReadRequest(columns, maxRows, Bounded: true));
        var rows = new List<string>();
        var cursors = new List<(PartitionCursor, int)>();
        var letters = new List<DeadLetter>();
        while (await reader.ReadAsync(CancellationToken.None) is { State: ReadState.Batch } read)
        {
            using var batch = read.Batch!;
            letters.AddRange(batch.DeadLetters);
            for (var row = 0; row < batch.Batch.Count; row++)
            {
                var cells = Enumerable.Range(0, columns.Count).Select(c => FeatureValue.From(batch.Batch[c], row).ToString());
                rows.Add($"{batch.Batch.Origin.Describe(batch.Batch.Headers.Positions[row])} {string.Join(' ', cells)}");
            }
            cursors.Add((batch.Next, rows.Count));
        }
        return (rows, cursors, letters);
    }
}
