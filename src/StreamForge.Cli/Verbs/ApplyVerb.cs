using System.CommandLine;
using StreamForge.Cli.Evolution;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Evolution;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Cli.Verbs;

/// <summary><c>apply FILE</c>.</summary>
internal sealed class ApplyVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A pipeline file" };
    private readonly Flag _dryRun = new("--dry-run", "Only show what would be done");
    private readonly NameList _reset = new("--reset", "NAME", "VIEW, VIEW.AGGREGATE, VIEW.WINDOW, SOURCE or SINK: lets it begin empty; may be given several times");
    private readonly NameList _forget = new("--forget", "NAME", "A view, source or sink that is no longer in the file: gives up what is kept of it; may be given several times");

    public ApplyVerb(Shell shell) : base(
        shell, "apply", "Moves live state to a changed definition: what is unchanged keeps its state, what is new begins at the checkpoint's positions",
        "./streamforge apply examples/retail/pipeline.yaml --dry-run", "./streamforge apply examples/retail/pipeline.yaml --reset customer_activity.spend --forget old_sink")
    {
        Add(_file);
        Add(_dryRun);
        Add(_reset);
        Add(_forget);
        Add(CommonSettings.DataDirectoryPath);
        Add(CommonSettings.Warehouse);
        Add(CommonSettings.Json);
        Add(CommonSettings.Yes);
        Add(new NotYetOption("--backfill", "NAME", "Compute what is new from history"));
        Add(new NotYetOption("--url", "URL", "Ask a running server"));
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var data = CommonSettings.DataDirectory(parsed);
        var request = new ChangeRequest(_reset.Read(parsed), _forget.Read(parsed));
        var (json, dry, yes) = (CommonSettings.Json.Read(parsed), _dryRun.Read(parsed), CommonSettings.Yes.Read(parsed));
        await using var file = await ChangedFile.LoadAsync(Shell, parsed.GetRequiredValue(_file), data, CommonSettings.Tables(parsed));
        if (file.Live is null)
        {
            var begun = file.Compare(ChangeRequest.None);
            if (json) ChangeReport.WriteJson(Shell, begun, (false, 0));
            else Shell.Print($"{begun.Pipeline} has no state in {data.Path} yet, so there is nothing to move; streamforge run {parsed.GetRequiredValue(_file)} begins it");
            return ExitCodes.Done;
        }
        using var held = dry ? null : data.Lock();
        // Only what is read under the lock is what is moved.
        var live = LiveDefinition.Find(data, file.Pipeline.Plan.Name)!;
        var change = live.Compare(file.Pipeline.Plan, request);
        var refusal = Refusal(change, yes);
        var moves = !dry && refusal is null && change.IsChange;
        var checkpoint = moves
            ? (await DefinitionApply.ApplyAsync(live, file.Pipeline, change, data, CommonSettings.Tables(parsed).Of(file.Pipeline.Plan.Definition), Shell.Clock, Shell.Interrupted)).Id
            : change.Checkpoint;
        if (json) ChangeReport.WriteJson(Shell, change, (moves, checkpoint));
        else ChangeReport.WriteText(Shell, change);
        if (refusal is not null) throw refusal;
        if (!json && change.IsChange)
        {
            Shell.Print();
            Shell.Print(moves ? $"applied as checkpoint {checkpoint}; streamforge run {parsed.GetRequiredValue(_file)} goes on with it" : "nothing was changed; without --dry-run it is applied");
        }
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
