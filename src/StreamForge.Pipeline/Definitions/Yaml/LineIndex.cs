namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>Lines and columns of a text, as editors count them: lines end with LF, CRLF or CR; columns are UTF-16 code units; both from 1.</summary>
internal sealed class LineIndex
{
    private readonly string _file;
    private readonly List<int> _starts = [0];

    public LineIndex(string file, string text)
    {
        _file = file;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))) _starts.Add(i + 1);
        }
    }

    public SourceLocation At(long offset)
    {
        var line = _starts.BinarySearch((int)offset);
        if (line < 0) line = ~line - 1;
        return new SourceLocation(_file, line + 1, (int)offset - _starts[line] + 1);
    }
}
