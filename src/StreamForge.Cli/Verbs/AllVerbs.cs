using System.CommandLine;
using System.CommandLine.Help;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary>The table of verbs: those that work, and those of the contract that are not built yet.</summary>
internal static class AllVerbs
{
    private const string Run = "./streamforge run examples/retail/pipeline.yaml --once";
    private const string Live = "./streamforge run examples/clickstream/pipeline.yaml";
    private const string Get = "./streamforge features get customer_activity customer_id=17850";
    private const string Describe = "./streamforge tables describe demo.clicks";
    private const string Validate = "./streamforge validate examples/retail/pipeline.yaml";

    /// <param name="node">Runs a node of a cluster; null where this program has none inside.</param>
    public static RootCommand Create(Shell shell, NodeRunner? node = null)
    {
        var root = new Root("Change events in, features for models out.", "./streamforge run examples/retail/pipeline.yaml --once", Get)
        {
            new DemoVerb(shell),
            new InitVerb(shell),
            new ValidateVerb(shell),
            new ExplainVerb(shell),
            new PreviewVerb(shell),
            new TestVerb(shell),
            new RunVerb(shell),
            NotYet("serve", "A server whose pipelines come from a folder", Live),
            new DiffVerb(shell),
            new ApplyVerb(shell),
            new VerbGroup(
                "features", "What models read", Get,
                new FeaturesListVerb(shell), new FeaturesGetVerb(shell), new FeaturesWhyVerb(shell)),
            NotYet("training-set", "Point-in-time rows for a spine of keys and timestamps", Get + " --at 2011-06-01T00:00:00Z"),
            NotYet("backfill", "Recomputes from history and swaps in atomically", Run),
            new VerbGroup(
                "tables", "Lakehouse tables: at rest or while a server writes", "./streamforge tables list",
                new TablesListVerb(shell), new TablesDescribeVerb(shell), new TablesSnapshotsVerb(shell),
                new TablesScanVerb(shell), NotYet("rollback", "Goes back to an earlier snapshot", Describe), NotYet("compact", "Makes few files of many", Describe),
                NotYet("expire", "Forgets old snapshots", Describe)),
            new VerbGroup(
                "late", "Events that came after their windows had closed", "./streamforge late list --limit 5",
                new LedgerListVerb(shell, Ledger.Late), new LateReplayVerb(shell), new LateExportVerb(shell)),
            new VerbGroup(
                "dead-letters", "Events that could not be taken in", "./streamforge dead-letters list --limit 5",
                new LedgerListVerb(shell, Ledger.DeadLetters), new DeadLettersShowVerb(shell), new DeadLettersReplayVerb(shell)),
            new VerbGroup(
                "state", "A pipeline's state, portable between hosts", "./streamforge state export retail retail.state",
                new StateExportVerb(shell), new StateImportVerb(shell)),
            new VerbGroup("emit", "Load generators", "./streamforge emit clickstream --events 3", new EmitClickstreamVerb(shell)),
            new VerbGroup(
                "prefetch", "Objects for training jobs (not supported yet)", Run,
                [.. Names("plan", "run", "report").Select(n => NotYet(n, "Objects for training jobs", Run))]),
            SiloVerbs.Create(shell, node),
            NotYet("status", "How a running server is", "curl http://127.0.0.1:7070/health/ready"),
            NotYet("start", "Starts a pipeline of a running server", Live),
            NotYet("stop", "Stops a pipeline of a running server", Live),
            NotYet("logs", "Log of a pipeline of a running server", Live + " --log-level debug"),
            new DoctorVerb(shell),
            new BenchVerb(shell),
            new VersionVerb(shell),
        };
        root.Options.Add(CommonSettings.LogLevel);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpText((HelpAction)help.Action!);
        return root;
    }

    private static NotYetVerb NotYet(string name, string summary, string example) => new(name, summary, example);

    private static string[] Names(params string[] names) => names;

    private sealed class Root(string description, params string[] examples) : RootCommand(description), IHasExamples
    {
        public System.Collections.Immutable.ImmutableArray<string> Examples { get; } = [.. examples];
    }
}
