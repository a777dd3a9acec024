using System.CommandLine;
using System.Text.RegularExpressions;
using StreamForge.Cli;
using StreamForge.Cli.Parsing;
using StreamForge.Cli.Verbs;

namespace StreamForge.Tests.Cli;

/// <summary>The table of verbs as it is built, without running any.</summary>
public sealed partial class HelpTests
{
    private static readonly string[] Contract =
    [
        "demo", "init", "validate", "explain", "preview", "test", "run", "serve", "diff", "apply", "features list", "features get", "features why", "training-set", "backfill",
        "tables list", "tables describe", "tables scan", "tables snapshots", "tables rollback", "tables compact", "tables expire", "late list", "late replay", "late export",
        "dead-letters list", "dead-letters show", "dead-letters replay", "state export", "state import", "emit clickstream", "prefetch plan", "prefetch run", "prefetch report",
        "silo start", "silo init-db", "silo status", "status", "start", "stop", "logs", "doctor", "bench", "version",
    ];

    [Fact]
    public void Every_verb_of_the_contract_is_there()
    {
        using var shell = new Shell();
        Assert.Equal(Contract.Order(StringComparer.Ordinal), Leaves(AllVerbs.Create(shell), "").Select(l => l.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_verb_and_group_has_help_with_an_example_that_the_program_takes()
    {
        using var shell = new Shell();
        var root = AllVerbs.Create(shell);
        foreach (var command in All(root))
        {
            var help = new StringWriter();
            HelpText.Write(command, help);
            Assert.Contains("Usage:", help.ToString(), StringComparison.Ordinal);
            Assert.Contains("Example", help.ToString(), StringComparison.Ordinal);
            Assert.All(((IHasExamples)command).Examples, example => AssertRuns(root, example));
        }
    }

    private static void AssertRuns(RootCommand root, string example)
    {
        Assert.Matches(@"^(\./streamforge|curl) ", example);
        if (!example.StartsWith("./streamforge ", StringComparison.Ordinal)) return;
        var words = Words().Matches(example.Split(" > ")[0]).Select(m => m.Value.Trim('"')).ToArray()[1..];
        Assert.Null(Usage.Problem(root.Parse(words)));
    }

    /// <summary>The words of a shell's line: those in quotes are one.</summary>
    [GeneratedRegex("\"[^\"]*\"|[^ ]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) => command.Subcommands.SelectMany(
        c => c.Subcommands.Count == 0 ? [((path + " " + c.Name).Trim(), c)] : Leaves(c, path + " " + c.Name));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
