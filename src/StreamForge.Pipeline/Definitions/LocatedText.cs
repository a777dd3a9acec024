using System.Collections.Immutable;

namespace StreamForge.Pipeline.Definitions;

/// <summary>A text with its place in the pipeline file: an expression, an SQL statement, a name.</summary>
/// <param name="Location">The place of its first character that is not blank.</param>
/// <param name="LineStarts">Where there are no <see cref="Segments"/>: the file's column at which each of the text's lines begins.</param>
public sealed record LocatedText(string Value, SourceLocation Location, ImmutableArray<int> LineStarts)
{
    /// <summary>Which piece of the text stands where in the file, in the text's order. Exact for every YAML style: block, folded, quoted with escapes.</summary>
    public ImmutableArray<TextSegment> Segments { get; init; } = [];

    /// <summary>
    /// The place in the file of a line and column (from 1) within the text. A place past the text's end is the character after its last one;
    /// a place inside what came from a variable is near the variable.
    /// </summary>
    public SourceLocation At(int line, int column)
    {
        if (Segments.IsEmpty)
        {
            var indent = line - 1 < LineStarts.Length ? LineStarts[line - 1] : 1;
            return Location with { Line = Location.Line + line - 1, Column = indent + column - 1 };
        }
        var found = Segments.LastOrDefault(s => s.Line < line || (s.Line == line && s.Column <= column));
        if (found == default) return Location;
        var offset = found.Line == line ? column - found.Column : found.Length;
        return Location with { Line = found.FileLine, Column = found.FileColumn + offset };
    }

    public override string ToString() => Value;
}

/// <summary>A run of characters that stand side by side both in a text and in the file it came from. Lines and columns from 1.</summary>
/// <param name="Line">Line within the text.</param>
/// <param name="Column">Column within the text.</param>
/// <param name="Length">How many characters.</param>
/// <param name="FileLine">The file's line of the first character.</param>
/// <param name="FileColumn">The file's column of the first character.</param>
public readonly record struct TextSegment(int Line, int Column, int Length, int FileLine, int FileColumn);
