using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Embedded.Trials;

public enum PreviewKind
{
    Source,
    Transformation,
    View,
}

/// <summary>The rows after one step.</summary>
/// <param name="Columns">A view's are its key's, then its features.</param>
/// <param name="Rows">At most as many as were asked for; each has a value a column.</param>
public sealed record PreviewStep(string Name, PreviewKind Kind, ImmutableArray<Field> Columns, ImmutableArray<FeatureValue[]> Rows);

/// <param name="Events">How many events were read.</param>
public sealed record PreviewResult(ImmutableArray<PreviewStep> Steps, ImmutableArray<DeadLetter> DeadLetters, ImmutableArray<LateRecord> Late, long Events);
