using System.Collections.Immutable;
using System.Net;
using StreamForge.Core;
using StreamForge.Tests.Server;

namespace StreamForge.Tests.Cluster;

/// <summary>The HTTP server over a reader whose keys must be gathered answers as over one that has them.</summary>
public class GatheredLookupTests
{
    [Theory]
    [InlineData("/v1/views/customers?customer_id=17850")]
    [InlineData("/v1/views/customers?customer_id=1")]
    [InlineData("/v1/views/customers?customer_id=x")]
    [InlineData("/v1/views/customers?customer_id=17850&at=2001-01-01T00:00:00Z")]
    [InlineData("/v1/views/customers/keys?limit=1")]
    [InlineData("/v1/views/customers/tiles/orders_1h?customer_id=17850")]
    [InlineData("/v1/views/customers/tiles/nothing?customer_id=17850")]
    public async Task A_view_is_read_alike(string path)
    {
        await using var direct = await RunningServer.StartAsync();
        await using var gathering = await RunningServer.StartAsync(wrap: reader => new GatheringReader(reader));
        var (status, body) = await direct.GetAsync(path);
        var (otherStatus, otherBody) = await gathering.GetAsync(path);
        Assert.Equal((status, body.ToJsonString()), (otherStatus, otherBody.ToJsonString()));
    }

    [Fact]
    public async Task Many_keys_are_read_alike()
    {
        await using var direct = await RunningServer.StartAsync();
        await using var gathering = await RunningServer.StartAsync(wrap: reader => new GatheringReader(reader));
        var request = new { features = new[] { "customers:*", "users:orders_1h" }, entities = new[] { new { customer_id = 17850, user_id = "u-1" }, new { customer_id = 2, user_id = "nobody" } } };
        var (status, body) = await direct.PostAsync(request);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(body.ToJsonString(), (await gathering.PostAsync(request)).Body.ToJsonString());
    }

    /// <summary>Answers only through what it gathered.</summary>
    private sealed class GatheringReader(IFeatureReader inner, HashSet<string>? keys = null) : IFeatureReader
    {
        public ImmutableArray<ViewDescription> Views => inner.Views;

        public ImmutableArray<ServiceDescription> Services => inner.Services;

        public bool MustGather => true;

        public async ValueTask<IFeatureReader> GatherAsync(IReadOnlyList<(ViewDescription View, byte[] Key)> keys, CancellationToken cancellation)
        {
            await Task.Yield();
            return new GatheringReader(inner, [.. keys.Select(k => k.View.Name + Convert.ToHexString(k.Key))]);
        }

        public async ValueTask<KeySample> SampleKeysAsync(ViewDescription view, int limit, CancellationToken cancellation)
        {
            await Task.Yield();
            return inner.SampleKeys(view, limit);
        }

        public void Read(ViewDescription view, ReadOnlySpan<byte> key, long? at, FeatureRow row)
        {
            Check(view, key);
            inner.Read(view, key, at, row);
        }

        public ImmutableArray<FeatureTile> ReadTiles(ViewDescription view, ReadOnlySpan<byte> key, int feature, long? at, FeatureRow row)
        {
            Check(view, key);
            return inner.ReadTiles(view, key, feature, at, row);
        }

        public KeySample SampleKeys(ViewDescription view, int limit) => throw new InvalidOperationException("It must be waited for.");

        private void Check(ViewDescription view, ReadOnlySpan<byte> key)
        {
            if (keys is null || !keys.Contains(view.Name + Convert.ToHexString(key))) throw new InvalidOperationException("The key was not gathered.");
        }
    }
}
