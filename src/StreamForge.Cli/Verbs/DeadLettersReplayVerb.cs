using System.CommandLine;
using System.Globalization;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Replays;

namespace StreamForge.Cli.Verbs;

/// <summary><c>dead-letters replay</c>.</summary>
internal sealed class DeadLettersReplayVerb : Verb
{
    private readonly Argument<string[]> _which = new("N") { Description = "Which ones, by number in the list from 1 or by position [default: all that were not replayed before]", Arity = ArgumentArity.ZeroOrMore };
    private readonly LedgerQuery _query = new();

    public DeadLettersReplayVerb(Shell shell) : base(
        shell, "replay", "Puts dead letters at the end of their source's log, once; the next run takes them in with its definition",
        "./streamforge dead-letters replay", "./streamforge dead-letters replay 1 orders.csv:1024 --source orders")
    {
        Add(_which);
        _query.AddTo(this);
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    protected override Task<int> RunAsync(ParseResult parsed)
    {
        var data = CommonSettings.DataDirectory(parsed);
        var which = (parsed.GetValue(_which) ?? []).ToHashSet(StringComparer.Ordinal);
        // What does not name anything is said before anything is done, and before the lock is taken.
        var pipelines = _query.Pipelines(parsed, Shell.Clock);
        var source = _query.Source(parsed, Shell.Clock);
        using var held = data.Lock();
        var found = new HashSet<string>(StringComparer.Ordinal);
        var done = new List<(string Pipeline, ReplayedRecord Letter)>();
        var before = 0L;
        foreach (var pipeline in pipelines)
        {
            // As the list with the same options counts them.
            bool Chosen(long number, string from, string position)
            {
                if (source is not null && from != source) return false;
                var name = (++before).ToString(CultureInfo.InvariantCulture);
                if (which.Count == 0) return true;
                var chosen = which.Contains(name) || which.Contains(position);
                if (chosen) found.UnionWith(which.Where(w => w == name || w == position));
                return chosen;
            }
            done.AddRange(DeadLetterReplay.Replay(data, pipeline, Chosen, Shell.Clock).Select(l => (pipeline, l)));
        }
        var exit = ReplayReport.Print(Shell, parsed, done, extra: null, replayed => done.Count == 0
            ? "there is no dead letter to replay"
            : $"{replayed:N0} dead letter{(replayed == 1 ? " stands" : "s stand")} at the log's end now{(replayed == 0 ? "" : "; the next run takes them in")}");
        if (which.Except(found).FirstOrDefault() is { } missing)
            throw new StreamForgeException(ErrorKind.NotFound, $"there is no dead letter '{missing}' that was not replayed before; streamforge dead-letters list shows them");
        return Task.FromResult(exit);
    }
}
