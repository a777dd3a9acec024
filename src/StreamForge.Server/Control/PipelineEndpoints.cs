using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Server.Http;
using StreamForge.Server.Lookup;

namespace StreamForge.Server.Control;

/// <summary><c>/v1/pipelines</c>: how each pipeline is, stage by stage, and its two ledgers.</summary>
internal sealed class PipelineEndpoints(IPipelineReader? pipelines, IPipelineSwitch? power)
{
    private const int PartBytes = 64 << 10;

    public async ValueTask ListAsync(Exchange exchange)
    {
        PageQuery.RefuseAny(exchange.Query, "the list of pipelines");
        PipelineDocument.WriteList(exchange.Json, await ReadAsync(exchange));
        await exchange.SendFreshJsonAsync();
    }

    public async ValueTask GetAsync(Exchange exchange)
    {
        PipelineDocument.Write(exchange.Json, await FindAsync(exchange));
        await exchange.SendFreshJsonAsync();
    }

    /// <summary>Whether pipelines can be started and stopped here.</summary>
    public bool CanSwitch => power is not null;

    public async ValueTask StartAsync(Exchange exchange)
    {
        await power!.StartAsync((await FindAsync(exchange)).Name, exchange.Aborted);
        await GetAsync(exchange);
    }

    public async ValueTask StopAsync(Exchange exchange)
    {
        await power!.StopAsync((await FindAsync(exchange)).Name, exchange.Aborted);
        await GetAsync(exchange);
    }

    public ValueTask LateAsync(Exchange exchange) => LedgerAsync(exchange, LedgerKind.Late);

    public ValueTask DeadLettersAsync(Exchange exchange) => LedgerAsync(exchange, LedgerKind.DeadLetters);

    private async ValueTask LedgerAsync(Exchange exchange, LedgerKind ledger)
    {
        var name = (await FindAsync(exchange)).Name;
        var page = PageQuery.Parse(exchange.Query);
        var slice = page.NewestFirst
            ? await pipelines!.ReadLedgerBackwardsAsync(name, ledger, page.Cursor, page.Limit, exchange.Aborted)
            : await pipelines!.ReadLedgerAsync(name, ledger, page.Cursor ?? 0, page.Limit, exchange.Aborted);
        exchange.Headers.CacheControl = "no-store";
        var waiting = 0;
        foreach (var piece in LedgerDocument.Pieces(slice.Total, slice.Items, Next(page, slice.Total)))
        {
            if (waiting > PartBytes && !await exchange.SendPartAsync()) return;
            waiting = exchange.WriteText(piece);
        }
        if (exchange.HasStarted) await exchange.SendPartAsync();
        else await exchange.SendJsonAsync();
    }

    private static long? Next(PageQuery page, long total)
    {
        if (page.NewestFirst) return Math.Min(page.Cursor ?? total, total) - page.Limit is > 0 and var before ? before : null;
        return (page.Cursor ?? 0) <= total - page.Limit - 1 ? (page.Cursor ?? 0) + page.Limit : null;
    }

    private ValueTask<ImmutableArray<PipelineStatus>> ReadAsync(Exchange exchange) => pipelines?.ReadAsync(exchange.Aborted) ?? new([]);

    private async ValueTask<PipelineStatus> FindAsync(Exchange exchange)
    {
        var name = exchange.RouteValue(0).ToString();
        var all = await ReadAsync(exchange);
        return all.FirstOrDefault(p => p.Name == name) ?? throw new StreamForgeException(ErrorKind.NotFound, $"there is no pipeline '{name}'{NearestNames.Hint(name, all.Select(p => p.Name))}");
    }
}
