using System.Buffers;
using Microsoft.AspNetCore.Http;
using StreamForge.Core;
using StreamForge.Server.Lookup;
using StreamForge.Server.Metrics;

namespace StreamForge.Server.Http;

/// <summary><c>POST /v1/features:get</c>: many keys, over one or more views.</summary>
internal sealed class FeaturesEndpoint(IFeatureReader reader, ViewCatalogs catalogs, ServerMetrics metrics, TimeProvider clock)
{
    /// <summary>An answer longer than this is sent in parts of this size, so that its length is bounded by the client's patience, not by memory.</summary>
    private const int PartBytes = 64 << 10;

    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(30);

    public async ValueTask GetAsync(Exchange exchange)
    {
        var started = clock.GetTimestamp();
        var numbers = Numbers(exchange.Query);
        var body = await ReadBodyAsync(exchange);
        try
        {
            var request = FeatureRequest.Parse(body);
            var selection = FeatureSelection.Resolve(catalogs.Current, request.Features ?? Service(request.Service!));
            using var keys = EntityKeys.Read(request, selection);
            var gathered = reader.MustGather ? await GatherAsync(selection, keys, exchange.Aborted) : reader;
            var results = new FeatureResults(gathered, selection, keys, request.At, numbers) { Counted = (view, found) => metrics.KeyRead(view.View.Name, found) };
            await SendAsync(exchange, results);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body.Array!);
        }
        metrics.LookedUp(manyKeys: true, clock.GetElapsedTime(started));
    }

    private ValueTask<IFeatureReader> GatherAsync(FeatureSelection selection, EntityKeys keys, CancellationToken cancellation)
    {
        var wanted = new List<(ViewDescription, byte[])>(keys.Count * selection.Views.Length);
        for (var entity = 0; entity < keys.Count; entity++)
        {
            for (var view = 0; view < selection.Views.Length; view++) wanted.Add((selection.Views[view].Document.View, keys[entity, view].ToArray()));
        }
        return reader.GatherAsync(wanted, cancellation);
    }

    private static async ValueTask SendAsync(Exchange exchange, FeatureResults results)
    {
        if (results.Write(exchange.Json, PartBytes))
        {
            await exchange.SendJsonAsync();
            return;
        }
        var complete = false;
        while (await exchange.SendPartAsync() && !complete) complete = results.Write(exchange.Json, PartBytes);
    }

    private IReadOnlyList<string> Service(string name)
    {
        foreach (var service in reader.Services)
        {
            if (service.Name == name) return service.Features;
        }
        throw new StreamForgeException(ErrorKind.NotFound, $"there is no service '{name}'{NearestNames.Hint(name, reader.Services.Select(service => service.Name))}");
    }

    private static NumberStyle Numbers(string query)
    {
        var numbers = NumberStyle.Number;
        for (var parameters = new QueryText(query); parameters.Read();)
        {
            if (!parameters.NameIs("numbers"))
                throw new StreamForgeException(ErrorKind.InvalidArgument, $"unknown parameter {QueryText.Decode(parameters.Name)}; the only one is numbers=string");
            numbers = LookupOptions.ParseNumbers(QueryText.Decode(parameters.Value));
        }
        return numbers;
    }

    /// <summary>The whole body in one rented array, which the caller returns.</summary>
    private async ValueTask<ArraySegment<byte>> ReadBodyAsync(Exchange exchange)
    {
        using var timeout = new CancellationTokenSource(BodyTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, exchange.Aborted);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(exchange.ContentLength ?? 0, 4096, Listener.MaxBodyBytes));
        var length = 0;
        try
        {
            var pipe = exchange.Body;
            while (true)
            {
                var read = await pipe.ReadAsync(either.Token);
                var needed = checked(length + (int)read.Buffer.Length);
                if (needed > buffer.Length) buffer = Grow(buffer, length, needed);
                read.Buffer.CopyTo(buffer.AsSpan(length));
                length = needed;
                pipe.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return new ArraySegment<byte>(buffer, 0, length);
            }
        }
        catch (Exception e)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (e is OperationCanceledException && timeout.IsCancellationRequested)
                throw new BadHttpRequestException($"the request body did not come within {BodyTimeout.TotalSeconds} seconds", StatusCodes.Status408RequestTimeout, e);
            throw;
        }
    }

    private static byte[] Grow(byte[] buffer, int used, int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, buffer.Length * 2));
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
