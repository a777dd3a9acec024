using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>One thing wrong in a file that a person wrote: where it stands and, in one sentence, what is wrong and what would be right.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">From 1; 0 where there is no line.</param>
/// <param name="Column">From 1, in characters; 0 where there is no column.</param>
/// <param name="Sentence">For example <c>unknown field 'windws'; did you mean 'windows'?</c></param>
public sealed record Fault(string File, int Line, int Column, string Sentence)
{
    public override string ToString() => Line == 0 ? $"{File}: {Sentence}" : $"{File}:{Line}:{Column}: {Sentence}";
}

/// <summary>A definition was refused; it carries every fault that was found. Retrying cannot help.</summary>
public sealed class InvalidDefinitionException(ImmutableArray<Fault> faults)
    : StreamForgeException(ErrorKind.InvalidDefinition, string.Join(Environment.NewLine, faults), retryable: false)
{
    public ImmutableArray<Fault> Faults { get; } = faults;
}
