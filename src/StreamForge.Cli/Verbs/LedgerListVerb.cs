using System.CommandLine;
using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Server.Control;

namespace StreamForge.Cli.Verbs;

/// <summary><c>late list</c> and <c>dead-letters list</c>.</summary>
internal sealed class LedgerListVerb : Verb
{
    private const int ShownToPeople = 20;

    private readonly Ledger _ledger;
    private readonly LedgerQuery _query = new();
    private readonly Setting<long?> _limit = CommonSettings.Count("--limit", $"Items at most [default: all with --json, else {ShownToPeople}]");

    public LedgerListVerb(Shell shell, Ledger ledger) : base(shell, "list", ledger.Summary, ledger.Example)
    {
        _ledger = ledger;
        _query.AddTo(this, mayAsk: true);
        Add(_limit);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var json = CommonSettings.Json.Read(parsed);
        var limit = _limit.Read(parsed) ?? (json ? long.MaxValue : ShownToPeople);
        var (total, items) = await _query.ReadAsync(parsed, _ledger, Shell, 0, limit);
        if (json) WriteJson(total, items);
        else WriteTable(total, items.ToList());
        return ExitCodes.Done;
    }

    private void WriteJson(long total, IEnumerable<(string Pipeline, string Item)> items)
    {
        foreach (var piece in LedgerDocument.Pieces(total, items.Select(i => i.Item), next: null)) Shell.Output.Write(piece);
        Shell.Print();
    }

    private void WriteTable(long total, List<(string Pipeline, string Item)> items)
    {
        if (items.Count > 0)
        {
            var rows = items.Select(i => Row(i.Pipeline, i.Item)).ToArray();
            Tables.Write(Shell, ["pipeline", "source", "position", "event time", _ledger == Ledger.Late ? "missed, or why" : "reason"], rows);
        }
        Shell.Print($"{total:N0} {_ledger.Noun}{(total == 1 ? "" : "s")}{(items.Count < total ? $", {items.Count:N0} of them shown; --limit shows more" : "")}");
    }

    private static string[] Row(string pipeline, string item)
    {
        using var json = JsonDocument.Parse(item);
        var root = json.RootElement;
        var what = root.TryGetProperty("missed", out var missed) && missed.GetArrayLength() > 0 ? string.Join(", ", missed.EnumerateArray().Select(m => m.GetString())) : root.GetProperty("reason").GetString()!;
        return [pipeline, root.GetProperty("source").GetString()!, root.GetProperty("position").GetString()!, root.TryGetProperty("event_time", out var time) ? time.GetString()! : "", what];
    }
}
