using System.CommandLine;
using System.Text.Json;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Verbs;

/// <summary>The options that choose ledger entries, and the entries chosen.</summary>
internal sealed class LedgerQuery
{
    private readonly Setting<string?> _pipeline = CommonSettings.OptionalText("--pipeline", "NAME", "Only this pipeline's");
    private readonly Setting<string?> _source = CommonSettings.OptionalText("--source", "NAME", "Only this source's");

    public void AddTo(Command command)
    {
        command.Add(_pipeline);
        command.Add(_source);
        command.Add(CommonSettings.DataDirectoryPath);
        command.Add(CommonSettings.Json);
    }

    /// <summary>The entries of a data directory, and how many there are in all; <paramref name="skip"/> and <paramref name="limit"/> never shorten the total.</summary>
    public (long Total, IEnumerable<(string Pipeline, string Item)> Items) Read(ParseResult parsed, Ledger ledger, TimeProvider clock, long skip, long limit)
    {
        var state = new StateAtRest(CommonSettings.DataDirectory(parsed), clock);
        var plans = state.Plans();
        var pipeline = Known("pipeline", _pipeline.Read(parsed), plans.Select(p => p.Name));
        var source = Known("source", _source.Read(parsed), plans.SelectMany(p => p.Sources).Select(s => s.Name));
        var names = plans.Select(p => p.Name).Where(n => pipeline is null || n == pipeline).ToArray();
        if (source is not null)
        {
            var total = names.Sum(n => ledger.Read(state, n, 0, long.MaxValue).Items.LongCount(i => SourceOf(i) == source));
            var all = names.SelectMany(n => ledger.Read(state, n, 0, long.MaxValue).Items.Where(i => SourceOf(i) == source).Select(i => (n, i)));
            return (total, Slice(all, skip, limit));
        }
        var totals = names.Select(n => ledger.Read(state, n, 0, 0).Total).ToArray();
        return (totals.Sum(), Slice(names.SelectMany(n => ledger.Read(state, n, 0, limit > long.MaxValue - skip ? long.MaxValue : skip + limit).Items.Select(i => (n, i))), skip, limit));
    }

    /// <summary>The pipelines that are asked for, in the order of the list.</summary>
    public string[] Pipelines(ParseResult parsed, TimeProvider clock)
    {
        var names = new StateAtRest(CommonSettings.DataDirectory(parsed), clock).Plans().Select(p => p.Name).ToArray();
        return Known("pipeline", _pipeline.Read(parsed), names) is { } one ? [one] : names;
    }

    /// <summary>The source that is asked for; null for all.</summary>
    public string? Source(ParseResult parsed, TimeProvider clock) =>
        Known("source", _source.Read(parsed), new StateAtRest(CommonSettings.DataDirectory(parsed), clock).Plans().SelectMany(p => p.Sources).Select(s => s.Name));

    private static IEnumerable<(string Pipeline, string Item)> Slice(IEnumerable<(string Pipeline, string Item)> items, long skip, long limit)
    {
        foreach (var item in items)
        {
            if (skip-- > 0) continue;
            if (limit-- <= 0) yield break;
            yield return item;
        }
    }

    private static string SourceOf(string item)
    {
        using var json = JsonDocument.Parse(item);
        return json.RootElement.GetProperty("source").GetString()!;
    }

    private static string? Known(string kind, string? name, IEnumerable<string> known) => name is null || known.Contains(name, StringComparer.Ordinal)
        ? name
        : throw new StreamForgeException(ErrorKind.NotFound, $"there is no {kind} '{name}' in this data directory{DefinitionText.Suggest(name, known)}");
}
