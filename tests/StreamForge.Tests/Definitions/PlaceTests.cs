using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Definitions;

/// <summary>Words of an SQL text, looked up by their line and column in it, must be found at the same word in the file.</summary>
public sealed class PlaceTests
{
    private static LoadResult Load(string sql, string newline) =>
        TestFiles.Parse((TestFiles.Head() + "transformations:\n  - name: t\n    type: sql_transform\n    input: s\n    sql: " + sql + "\n").Replace("\n", newline, StringComparison.Ordinal), ("V", "some thing"));

    [Theory]
    [InlineData("SELECT alpha FROM beta")]
    [InlineData("SELECT alpha\n      FROM beta\n\n      WHERE gamma")]
    [InlineData("|\n      SELECT alpha,\n             beta\n\n      FROM gamma")]
    [InlineData("|2-  # header\n        SELECT alpha,\n      beta\n          FROM gamma\n")]
    [InlineData("|+\n\n      SELECT alpha\n\n        FROM beta\n\n")]
    [InlineData(">\n      SELECT alpha,\n      beta\n\n        more indented\n        gamma\n      FROM delta")]
    [InlineData("'SELECT ''alpha'' , beta\n       FROM gamma'")]
    [InlineData("\"SELECT \\\"alpha\\\" \\u0041lef \\t beta \\\n       FROM\\n gamma\\x20delta\"")]
    [InlineData("!!str &anchor 'SELECT alpha'")]
    [InlineData("|\n      SELECT 'é😀', alpha\n      FROM beta")]
    [InlineData("|\n      SELECT ${V}, alpha FROM\n      beta $${x} gamma")]
    public void A_word_of_a_text_is_found_at_its_place_in_the_file(string sql)
    {
        foreach (var newline in (string[])["\n", "\r\n"])
        {
            var result = Load(sql, newline);
            Assert.Empty(result.Faults);
            var text = result.Definition!.Transformations[0].Sql;
            var file = result.Redacted.Split(newline);
            var found = 0;
            foreach (var word in (string[])["SELECT", "alpha", "beta", "gamma", "delta", "FROM", "indented", "WHERE"])
            {
                var lines = text.Value.Split('\n');
                for (var line = 0; line < lines.Length; line++)
                {
                    var column = lines[line].IndexOf(word, StringComparison.Ordinal);
                    if (column < 0) continue;
                    var place = text.At(line + 1, column + 1);
                    Assert.Equal(word, file[place.Line - 1].Substring(place.Column - 1, word.Length));
                    found++;
                }
            }
            Assert.True(found >= 2);
        }
    }

    [Fact]
    public void The_end_of_a_text_is_after_its_last_character()
    {
        var text = Load("|\n      SELECT a\n      FROM", "\n").Definition!.Transformations[0].Sql;
        Assert.Equal((10, 11), (text.At(2, 5).Line, text.At(2, 5).Column));
        Assert.Equal((10, 11), (text.At(3, 1).Line, text.At(3, 1).Column));
        Assert.Equal((9, 7), (text.Location.Line, text.Location.Column));
    }

    [Fact]
    public void A_text_without_segments_counts_from_its_line_starts() =>
        Assert.Equal(new SourceLocation("f", 6, 9), new LocatedText("a\nbcd", new SourceLocation("f", 5, 3), [3, 7]).At(2, 3));
}
