using System.CommandLine;
using StreamForge.Cli.Evolution;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;
using StreamForge.Postgres.Connections;

namespace StreamForge.Cli.Verbs;

/// <summary><c>apply FILE</c>.</summary>
internal sealed class ApplyVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file" };
    private readonly PostgresSettings _postgres = new();
    private readonly Flag _dryRun = new("--dry-run", "Only show what would be done");
    private readonly NameList _reset = new("--reset", "NAME", "VIEW, VIEW.AGGREGATE, VIEW.WINDOW, SOURCE or SINK: lets it begin empty; may be given several times");
    private readonly NameList _forget = new("--forget", "NAME", "A view, source or sink that is no longer in the file: gives up what is kept of it; may be given several times");

    public ApplyVerb(Shell shell) : base(
        shell, "apply", "Moves live state to a changed definition: what is unchanged keeps its state, what is new begins at the checkpoint's positions",
        "./streamforge apply examples/retail/pipeline.yaml --dry-run", "./streamforge apply examples/retail/pipeline.yaml --reset customer_activity.spend --forget old_sink",
        "./streamforge apply examples/cluster/pipeline.yaml --postgres postgresql://postgres@127.0.0.1:5432/postgres --dry-run")
    {
        Add(_file);
        Add(_dryRun);
        Add(_reset);
        Add(_forget);
        Add(CommonSettings.DataDirectoryPath);
        _postgres.AddTo(this);
        Add(CommonSettings.Warehouse);
        Add(CommonSettings.Json);
        Add(CommonSettings.Yes);
        Add(new NotYetOption("--backfill", "NAME", "Compute what is new from history"));
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    private sealed record Wanted(string Path, ChangeRequest Request, TableHome Tables, bool IsJson, bool IsDry, bool IsAgreed);

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var wanted = new Wanted(
            parsed.GetRequiredValue(_file), new ChangeRequest(_reset.Read(parsed), _forget.Read(parsed)), CommonSettings.Tables(parsed), CommonSettings.Json.Read(parsed), _dryRun.Read(parsed), CommonSettings.Yes.Read(parsed));
        if (!_postgres.IsMeant(parsed)) return await ApplyAsync(wanted);
        await using var database = _postgres.Open(parsed);
        return await ApplyAsync(wanted, database);
    }

    /// <summary>Over a data directory.</summary>
    private async Task<int> ApplyAsync(Wanted wanted)
    {
        var data = wanted.Tables.Data;
        await using var file = await ChangedFile.LoadAsync(Shell, wanted.Path, data, wanted.Tables);
        if (file.Live is null) return Begin(wanted, file.Compare(ChangeRequest.None), data.Path, "run");
        using var held = wanted.IsDry ? null : data.Lock();
        // Only what is read under the lock is what is moved.
        var live = LiveDefinition.Find(data, file.Pipeline.Plan.Name)!;
        var change = live.Compare(file.Pipeline.Plan, wanted.Request);
        var refusal = Refusal(change, wanted.IsAgreed);
        var moves = !wanted.IsDry && refusal is null && change.IsChange;
        var checkpoint = moves
            ? (await DefinitionApply.ApplyAsync(live, file.Pipeline, change, data, wanted.Tables.Of(file.Pipeline.Plan.Definition), Shell.Clock, Shell.Interrupted)).Id
            : change.Checkpoint;
        return Report(wanted, change, refusal, (moves, checkpoint), "run");
    }

    /// <summary>Over the state of a cluster.</summary>
    private async Task<int> ApplyAsync(Wanted wanted, PostgresDatabase database)
    {
        await using var file = await ChangedCluster.LoadAsync(Shell, wanted.Path, database, wanted.Tables);
        if (file.Records is null) return Begin(wanted, file.Compare(ChangeRequest.None), $"PostgreSQL {database.Name}", "silo start");
        var change = file.Compare(wanted.Request);
        var refusal = Refusal(change, wanted.IsAgreed);
        long? moved = null;
        if (!wanted.IsDry && refusal is null && change.IsChange)
        {
            // Only what is read in the transaction is what is moved.
            moved = await file.ApplyAsync(Shell, wanted.Request, wanted.Tables, locked =>
            {
                change = locked;
                refusal = Refusal(locked, wanted.IsAgreed);
                return refusal is null && locked.IsChange;
            });
        }
        return Report(wanted, change, refusal, (moved is not null, moved ?? change.Checkpoint), "silo start");
    }

    private int Begin(Wanted wanted, DefinitionChange begun, string place, string verb)
    {
        if (wanted.IsJson) ChangeReport.WriteJson(Shell, begun, (false, 0));
        else Shell.Print($"{begun.Pipeline} has no state in {place} yet, so there is nothing to move; streamforge {verb} {wanted.Path} begins it");
        return ExitCodes.Done;
    }

    private int Report(Wanted wanted, DefinitionChange change, StreamForgeException? refusal, (bool Moved, long Checkpoint) done, string verb)
    {
        if (wanted.IsJson) ChangeReport.WriteJson(Shell, change, done);
        else ChangeReport.WriteText(Shell, change);
        if (refusal is not null) throw refusal;
        if (wanted.IsJson || !change.IsChange) return ExitCodes.Done;
        Shell.Print();
        Shell.Print(done.Moved ? $"applied as checkpoint {done.Checkpoint}; streamforge {verb} {wanted.Path} goes on with it" : "nothing was changed; without --dry-run it is applied");
        return ExitCodes.Done;
    }

    private static StreamForgeException? Refusal(DefinitionChange change, bool yes)
    {
        var refused = change.Refused.ToArray();
        if (refused.Length > 0)
        {
            return new StreamForgeException(
                ErrorKind.Conflict, $"{change.Pipeline}: {refused[0].Words}: {refused[0].Detail}{(refused.Length > 1 ? $" (and {refused.Length - 1} more)" : "")}; nothing was changed");
        }
        return !yes && change.Destroyed.FirstOrDefault() is { } destroyed
            ? new StreamForgeException(ErrorKind.Conflict, $"{change.Pipeline}: {destroyed.Words} is no longer in the file; {destroyed.Detail}; nothing was changed")
            : null;
    }
}
