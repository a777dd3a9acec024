using System.Collections.Immutable;

namespace StreamForge.Sql;

/// <summary>One thing wrong in an SQL text.</summary>
/// <param name="Line">From 1, within the text.</param>
/// <param name="Column">From 1, in characters.</param>
/// <param name="Sentence">What is wrong and what would be right: <c>expected FROM, found 'FORM'</c>.</param>
public sealed record SqlError(int Line, int Column, string Sentence)
{
    public override string ToString() => $"{Line}:{Column}: {Sentence}";
}

/// <summary>What became of an SQL text: a result, or every error that was found (one if the text cannot be parsed, else all that names and types show).</summary>
/// <param name="Result">null if, and only if, there are errors.</param>
public sealed record SqlCompilation<T>(T? Result, ImmutableArray<SqlError> Errors) where T : class
{
    /// <summary>The result.</summary>
    /// <exception cref="InvalidOperationException">The text has errors; the message lists them.</exception>
    public T Require() => Result ?? throw new InvalidOperationException(string.Join(Environment.NewLine, Errors));
}
