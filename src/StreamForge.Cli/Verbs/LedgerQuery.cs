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
    private readonly PostgresSettings _postgres = new();
    private readonly Setting<string?> _source = CommonSettings.OptionalText("--source", "NAME", "Only this source's");

    /// <param name="mayAsk">Whether the ledgers of a running server, and those of a cluster in PostgreSQL, can be read too.</param>
    public void AddTo(Command command, bool mayAsk = false)
    {
        command.Add(_pipeline);
        command.Add(_source);
        command.Add(CommonSettings.DataDirectoryPath);
        if (mayAsk)
        {
            command.Add(CommonSettings.Url);
            _postgres.AddTo(command);
        }
        command.Add(CommonSettings.Json);
    }

    /// <summary>The entries, wherever they are, and how many there are in all; <paramref name="skip"/> and <paramref name="limit"/> never shorten the total.</summary>
    public async Task<(long Total, IEnumerable<(string Pipeline, string Item)> Items)> ReadAsync(ParseResult parsed, Ledger ledger, Shell shell, long skip, long limit)
    {
        var isDirectory = parsed.GetResult(CommonSettings.DataDirectoryPath) is { Implicit: false };
        var isServer = parsed.GetResult(CommonSettings.Url) is { Implicit: false };
        var isPostgres = _postgres.IsNamed(parsed);
        if ((isDirectory ? 1 : 0) + (isServer ? 1 : 0) + (isPostgres ? 1 : 0) > 1) throw new StreamForgeException(ErrorKind.InvalidArgument, "name one of --data-dir, --url and --postgres");
        // What the command line names goes before the environment.
        if (!isDirectory && !isPostgres && CommonSettings.Url.Read(parsed) is { } url) return await ReadAsync(parsed, new ServerLedgers(url), ledger, skip, limit, shell.Interrupted);
        if (!isPostgres && (isDirectory || !_postgres.IsGiven(parsed))) return Read(parsed, ledger, shell.Clock, skip, limit);
        await using var database = _postgres.Open(parsed);
        return await ReadAsync(parsed, new PostgresLedgers(database), ledger, skip, limit, shell.Interrupted);
    }

    private async Task<(long Total, IEnumerable<(string Pipeline, string Item)> Items)> ReadAsync(ParseResult parsed, ILedgerPages pages, Ledger ledger, long skip, long limit, CancellationToken cancellation)
    {
        var pipelines = await pages.PipelinesAsync(cancellation);
        var pipeline = Known("pipeline", _pipeline.Read(parsed), pipelines.Keys, pages.Place);
        var source = Known("source", _source.Read(parsed), pipelines.Values.SelectMany(static s => s), pages.Place);
        var (total, items) = (0L, new List<(string, string)>());
        foreach (var name in pipelines.Keys.Where(n => pipeline is null || n == pipeline))
        {
            if (source is not null && !pipelines[name].Contains(source, StringComparer.Ordinal)) continue;
            if (source is null)
            {
                var of = await AddAsync(name);
                total += of;
                skip = Math.Max(0, skip - of);
                continue;
            }
            for (long from = 0, of = 1; from < of; from += ILedgerPages.Most)
            {
                (of, var page) = await pages.ReadAsync(name, ledger.Kind, from, ILedgerPages.Most, cancellation);
                foreach (var item in page.Where(i => SourceOf(i) == source))
                {
                    total++;
                    if (skip > 0) skip--;
                    else if (items.Count < limit) items.Add((name, item));
                }
            }
        }
        return (total, items);

        // Adds what is wanted of a pipeline, and gives how many entries it has in all.
        async Task<long> AddAsync(string name)
        {
            for (var from = skip; ; from += ILedgerPages.Most)
            {
                var wanted = Math.Min(limit - items.Count, ILedgerPages.Most);
                var (of, page) = await pages.ReadAsync(name, ledger.Kind, from, (int)Math.Max(1, wanted), cancellation);
                if (wanted > 0) items.AddRange(page.Select(item => (name, item)));
                if (items.Count >= limit || from + ILedgerPages.Most >= of) return of;
            }
        }
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

    private static string? Known(string kind, string? name, IEnumerable<string> known, string place = "in this data directory") => name is null || known.Contains(name, StringComparer.Ordinal)
        ? name
        : throw new StreamForgeException(ErrorKind.NotFound, $"there is no {kind} '{name}' {place}{DefinitionText.Suggest(name, known)}");
}
