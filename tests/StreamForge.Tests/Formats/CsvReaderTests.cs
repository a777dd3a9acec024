using System.Text;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Csv;

namespace StreamForge.Tests.Formats;

public sealed class CsvReaderTests
{
    private static readonly Schema Abc = new([new Field("a", DataType.String), new Field("b", DataType.String), new Field("c", DataType.String)]);

    /// <summary>Decodes a file; a row is its columns' values, a misfit its reason.</summary>
    private static List<string> Decode(Schema schema, byte[] file)
    {
        var rows = new RowBuilder(schema, DecodeOptions.Default);
        var reader = new CsvReader(rows);
        rows.Begin(4);
        Assert.Equal(RecordOutcome.Row, CsvReader.ReadHeader(file, 0, file.Length, final: true, out var at, out var names, out _));
        Assert.Null(reader.UseHeader(names));
        var results = new List<string>();
        while (at < file.Length)
        {
            var outcome = reader.Read(file, at, file.Length, final: true, out var next, out var reason);
            if (outcome == RecordOutcome.Row) results.Add(string.Join("|", rows.Take().Select(column => Values.Show(column, rows.Count - 1))));
            else if (outcome != RecordOutcome.Blank) results.Add("!" + reason);
            at = next;
        }
        return results;
    }

    private static List<string> Decode(string records) => Decode(Abc, Encoding.UTF8.GetBytes("a,b,c\n" + records));

    [Theory]
    [InlineData("1,2,3\n4,5,6\n", "1|2|3", "4|5|6")]
    [InlineData("1,2,3\r\n4,5,6", "1|2|3", "4|5|6")]
    [InlineData("1,,\"\"\n", "1|null|")]
    [InlineData(",,\n", "null|null|null")]
    [InlineData(",,\r\n", "null|null|null")]
    [InlineData("\"x,\"\"y\"\"\n\r\nz\",2,\"3\"\r\n", "x,\"y\"\n\r\nz|2|3")]
    [InlineData("\n\r\n1,2,3\n\n", "1|2|3")]
    [InlineData(" 1 ,2\r3,é\n", " 1 |2\r3|é")]
    [InlineData("1,2\n1,2,3,4\n1,2,3\n", "!2 fields where the header has 3", "!4 fields where the header has 3", "1|2|3")]
    [InlineData("1,x\"y,3\n1,2,3\n", "!a quote inside a field that is not quoted", "1|2|3")]
    [InlineData("1,\"x\"y,3\n1,2,3\n", "!text after a closing quote", "1|2|3")]
    [InlineData("1,\"x\" ,3\n1,2,\"x\"y\n", "!text after a closing quote", "!text after a closing quote")]
    [InlineData("1,2,\"x\n4,5,6", "!a quoted field is not closed before the end")]
    [InlineData("1,2,\"\"\"\"\"\"\n", "1|2|\"\"")]
    [InlineData("1,\0,3\n1,2,3\n", "!column 'b' holds a NUL byte", "1|2|3")]
    public void Records_follow_rfc_4180(string records, params string[] expected) => Assert.Equal(expected, Decode(records));

    [Fact]
    public void Only_columns_that_are_read_can_misfit()
    {
        var schema = new Schema([new Field("c", DataType.BigInt)]);
        Assert.Equal(["3", "!column 'c': ' 4' is no bigint", "17850", "!column 'c': '' is no bigint", "null"],
            Decode(schema, [.. "a,b,c\n\0,"u8, 0xff, .. ",3\n1,2, 4\n1,2,17850.0\n1,2,\"\"\n1,2,\n"u8]));
    }

    [Fact]
    public void Invalid_utf8_misfits_where_it_is_read() =>
        Assert.Equal(["!column 'b' is not valid UTF-8"], Decode(Abc, [.. "a,b,c\n1,"u8, 0xff, .. ",3\n"u8]));

    [Fact]
    public void Booleans_are_true_and_false_in_any_case() =>
        Assert.Equal(["1", "0", "!column 'x': '1' is no boolean"], Decode(new Schema([new Field("x", DataType.Boolean)]), "x\nTrue\nFALSE\n1\n"u8.ToArray()));

    [Fact]
    public void A_header_that_lacks_a_column_names_it()
    {
        var reader = new CsvReader(new RowBuilder(Abc, DecodeOptions.Default));
        Assert.Equal("the header has no column 'b'; it has a, c", reader.UseHeader(["a", "c"]));
        Assert.Equal("the header has the column 'c' twice", reader.UseHeader(["a", "b", "c", "c"]));
    }

    [Fact]
    public void What_was_written_is_read_wherever_chunks_end()
    {
        var random = new Random(11);
        string[] pieces = ["", "a", ",", "\"", "\n", "\r\n", "é", "\"\"", "some longer text that fills a vector and more", " "];
        for (var round = 0; round < 300; round++)
        {
            var expected = new List<string>();
            var text = new StringBuilder("a,b,c\n");
            for (var record = 0; record < 5; record++)
            {
                var fields = Enumerable.Range(0, 3).Select(_ => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => pieces[random.Next(pieces.Length)]))).ToArray();
                expected.Add(string.Join("|", fields));
                text.AppendJoin(',', fields.Select(field => $"\"{field.Replace("\"", "\"\"")}\"")).Append(random.Next(2) == 0 ? "\n" : "\r\n");
            }
            var file = Encoding.UTF8.GetBytes(text.ToString());
            Assert.Equal(expected, Decode(Abc, file));
            Assert.Equal(expected, DecodeInChunks(file, random));
        }
    }

    private static List<string> DecodeInChunks(byte[] file, Random random)
    {
        var rows = new RowBuilder(Abc, DecodeOptions.Default);
        var reader = new CsvReader(rows);
        rows.Begin(4);
        reader.UseHeader(["a", "b", "c"]);
        var results = new List<string>();
        int at = 6, end = 6;
        while (at < file.Length)
        {
            end = Math.Min(file.Length, end + random.Next(1, 9));
            while (at < end)
            {
                var outcome = reader.Read(file, at, end, final: end == file.Length, out var next, out _);
                if (outcome == RecordOutcome.Incomplete) break;
                Assert.Equal(RecordOutcome.Row, outcome);
                results.Add(string.Join("|", rows.Take().Select(column => Values.Show(column, rows.Count - 1))));
                at = next;
            }
        }
        return results;
    }
}
