using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Embedded.Trials;

/// <summary>What came of one test of a pipeline file.</summary>
/// <param name="DeadLetters">Given rows that could not be taken in.</param>
public sealed record TestOutcome(TestDefinition Test, ImmutableArray<TestFailure> Failures, ImmutableArray<DeadLetter> DeadLetters)
{
    public bool Passed => Failures.IsEmpty;
}

/// <summary>One thing that is not as the test expects.</summary>
/// <param name="Location">Of the expectation.</param>
/// <param name="Feature">Null when the test could not be carried out.</param>
/// <param name="Expected">As the file writes it; null for null.</param>
/// <param name="Got">As it is printed; null for no value.</param>
public sealed record TestFailure(SourceLocation Location, string? Feature, string? Expected, string? Got, string Sentence);
