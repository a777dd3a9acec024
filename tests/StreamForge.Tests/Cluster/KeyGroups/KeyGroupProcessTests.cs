using System.Collections.Immutable;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Tests.Cluster.Support;

namespace StreamForge.Tests.Cluster.KeyGroups;

public class KeyGroupProcessTests
{
    private readonly MemoryKeys _keys = new();
    private readonly DueKeys _due = new();
    private readonly ManualClock _clock = new();
    private readonly Keys _cluster = new();

    private sealed class Keys : ICluster, IFeatureKey
    {
        private KeyId _asked;

        public List<(KeyId Id, long Watermark)> Closed { get; } = [];

        public HashSet<KeyId> Failing { get; } = [];

        public SiloId Here => new("a");

        public ImmutableArray<SiloId> Silos => [Here];

        public IPipelineControl Control => throw new NotSupportedException();

        public IFeatureKey Key(KeyId id)
        {
            _asked = id;
            return this;
        }

        public ValueTask<KeyAnswer> CloseAsync(CloseRequest time, CancellationToken cancellation)
        {
            if (Failing.Contains(_asked)) throw MemoryRecords.Failure();
            Closed.Add((_asked, time.Watermark));
            return new(new KeyAnswer(Here, 1, false));
        }

        public ValueTask<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<byte[]?> ReadAsync(CancellationToken cancellation) => throw new NotSupportedException();

        public ISliceReceiver Receiver(SiloId silo) => throw new NotSupportedException();

        public ISinkWriter Sink(int sink) => throw new NotSupportedException();
    }

    private static KeyId Id(int view, byte key) => new(view, [key]);

    private KeyGroupProcess New(int from = 0, int to = KeyGroup.Count) => new(new KeyGroupSettings(0, from, to) { MostKeys = 2 }, _cluster, _keys, _due, _clock);

    private static PipelineTime At(long watermark) => new(PipelineOrder.Run, 1, watermark, watermark, [], [], null);

    private static async Task<int> SweepAsync(KeyGroupProcess groups, long watermark) => (await groups.SweepAsync(At(watermark), CancellationToken.None)).Closed;

    [Fact]
    public async Task Keys_that_are_active_and_keys_that_only_storage_knows_are_closed_when_time_reaches_them()
    {
        var groups = New();
        _due.Note(Id(0, 1), 10);
        _due.Note(Id(0, 2), 30);
        _due.Note(Id(1, 3), 10);
        for (byte key = 10; key < 17; key++) _keys.Due[Id(0, key)] = 15;
        Assert.Equal(0, await SweepAsync(groups, 9));
        Assert.Equal(8, await SweepAsync(groups, 20));
        Assert.Equal(Enumerable.Range(10, 7).Prepend(1), _cluster.Closed.Select(c => (int)c.Id.Key[0]).Order());
        Assert.Equal(1, await SweepAsync(groups, 30));
        Assert.Equal(1, _due.Count);
    }

    [Fact]
    public async Task Key_that_storage_still_finds_after_its_call_rests_until_it_should_have_been_flushed()
    {
        var groups = New();
        _keys.Due[Id(0, 1)] = 5;
        Assert.Equal(1, await SweepAsync(groups, 10));
        Assert.Equal(0, await SweepAsync(groups, 11));
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(1, await SweepAsync(groups, 12));
    }

    [Fact]
    public async Task Key_whose_call_fails_is_told_again()
    {
        var groups = New();
        _due.Note(Id(0, 1), 10);
        _cluster.Failing.Add(Id(0, 1));
        var (closed, error) = await groups.SweepAsync(At(10), CancellationToken.None);
        Assert.Equal((0, true), (closed, error?.Retryable));
        _cluster.Failing.Clear();
        Assert.Equal(1, await SweepAsync(groups, 10));
    }

    [Fact]
    public async Task Other_groups_keys_are_left_alone()
    {
        var id = Id(0, 1);
        _due.Note(id, 1);
        _keys.Due[Id(0, 2)] = 1;
        Assert.Equal(0, await SweepAsync(New(0, Math.Min(id.Group, Id(0, 2).Group)), 5));
        Assert.Equal(1, _due.Count);
    }

    [Fact]
    public void Key_is_due_as_it_said_last()
    {
        var groups = new KeyGroupSettings(0, 0, KeyGroup.Count);
        _due.Note(Id(0, 1), 10);
        _due.Note(Id(0, 1), 20);
        Assert.Empty(_due.Take(groups, 19));
        _due.Note(Id(0, 1), null);
        Assert.Empty(_due.Take(groups, 20));
        _due.Note(Id(0, 2), 7);
        _due.Note(Id(0, 1), 5);
        Assert.Equal([Id(0, 1), Id(0, 2)], _due.Take(groups, 7));
        Assert.Empty(_due.Take(groups, 7));
    }
}
