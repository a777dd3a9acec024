using StreamForge.Core;
using StreamForge.Embedded.Reads;

namespace StreamForge.Cli.Verbs;

/// <summary>One of the two ledgers of a pipeline.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="Noun">What an entry is.</param>
/// <param name="Read">Entries of a pipeline as JSON texts, oldest first, after skipping some, and how many there are in all.</param>
internal sealed record Ledger(LedgerKind Kind, string Noun, string Summary, string Example, Func<StateAtRest, string, long, long, (long Total, IEnumerable<string> Items)> Read)
{
    public static Ledger Late { get; } = new(
        LedgerKind.Late, "late event", "Lists events that missed at least one window", "./streamforge late list --limit 5 --json", (state, pipeline, skip, limit) => state.Late(pipeline, skip, limit));

    public static Ledger DeadLetters { get; } = new(
        LedgerKind.DeadLetters, "dead letter", "Lists events that could not be taken in", "./streamforge dead-letters list --limit 5 --json", (state, pipeline, skip, limit) => state.DeadLetters(pipeline, skip, limit));
}
