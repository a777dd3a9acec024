using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Tests.Engine;
using StreamForge.Tests.Faults;

namespace StreamForge.Tests.Checkpoints;

/// <summary>Checkpoints whose files are torn or damaged: noticed always, passed over where that is certainly right, refused with the ways on where it is not.</summary>
public sealed class DamagedCheckpointTests : IDisposable
{
    private const string Refusal = "is damaged, and no older one can be continued without repeating or losing rows; restore the folder from a backup, or delete the data directory";

    private readonly Workload _workload = new(11);
    private readonly List<byte> _events = [];
    private PipelineFolder _folder = new(Workload.Pipeline(sinks: 0));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_manifest_torn_at_any_length_or_with_any_byte_changed_is_noticed()
    {
        await RunAsync(200);
        var manifest = _folder.Bytes(Manifest(1));
        Assert.NotNull(CheckpointManifest.TryDeserialize(manifest));
        // The last byte is the line end after the checksum, which says nothing.
        for (var length = 0; length < manifest.Length - 1; length++) Assert.Null(CheckpointManifest.TryDeserialize(manifest.AsSpan(0, length)));
        for (var i = 0; i < manifest.Length - 1; i++)
        {
            manifest[i] ^= 1;
            Assert.Null(CheckpointManifest.TryDeserialize(manifest));
            manifest[i] ^= 1;
        }
    }

    [Fact]
    public async Task A_state_file_torn_at_any_length_or_with_any_byte_changed_is_noticed()
    {
        await RunAsync(60);
        var checkpoint = _folder.Checkpoint;
        var path = _folder.Checkpoints.StatePath(1);
        var state = _folder.Bytes(path);
        Assert.True(Whole());
        for (var length = 0; length < state.Length; length += length < 64 ? 1 : 97)
        {
            _folder.Write(path, state.AsSpan(0, length));
            Assert.False(Whole());
        }
        for (var i = 0; i < state.Length; i += i < 64 ? 1 : 97)
        {
            state[i] ^= 0x10;
            _folder.Write(path, state);
            Assert.False(Whole());
            state[i] ^= 0x10;
        }

        bool Whole() => StateFileReader.TryRead(path, checkpoint.StateBytes, (_, _, _) => { });
    }

    [Theory]
    [InlineData("manifest torn")]
    [InlineData("manifest empty")]
    [InlineData("state torn")]
    [InlineData("state changed")]
    [InlineData("state gone")]
    public async Task Without_sinks_a_damaged_newest_checkpoint_is_passed_over_and_what_it_held_is_computed_again(string damage)
    {
        await RunAsync(900);
        await RunAsync(700);
        Damage(2, damage);
        var status = await RunAsync(500);
        Assert.Equal(2100, status.Events);
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray(), sinks: 0), Workload.Outcome(_folder, sinks: 0));
    }

    [Theory]
    [InlineData("manifest torn")]
    [InlineData("state torn")]
    public async Task A_damaged_newest_checkpoint_that_a_sink_committed_is_refused_with_both_ways_on(string damage)
    {
        UseSink();
        await RunAsync(900);
        await RunAsync(700);
        Damage(2, damage);
        var before = _folder.SinkRows();
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => RunAsync(500));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.StartsWith($"the newest checkpoint, 2 in {_folder.Checkpoints.Path}, {Refusal}", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _folder.SinkRows());
        // One of the two ways.
        Directory.Delete(_folder["data"], recursive: true);
        await _folder.RunAsync();
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray()), Workload.Outcome(_folder));
    }

    [Fact]
    public async Task With_sinks_a_damaged_newest_checkpoint_is_passed_over_when_it_brought_them_nothing()
    {
        UseSink();
        await RunAsync(900);
        // Rows that the transformation drops: the views' watermark moves, the sink gets nothing.
        await RunTextAsync("""{"t": 1700000500000, "user": "a", "item": 1, "amount": 0}""" + "\n");
        Damage(2, "state torn");
        await RunAsync(500);
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray()), Workload.Outcome(_folder));
    }

    [Fact]
    public async Task A_damaged_only_checkpoint_is_refused_rather_than_taken_for_a_fresh_start()
    {
        await RunAsync(300);
        Damage(1, "manifest torn");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => RunAsync(300));
        Assert.Contains(Refusal, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Death_while_a_damaged_checkpoint_is_being_replaced_does_not_join_its_manifest_with_another_state()
    {
        // Counts of known keys over everything: the states of both checkpoints have the same size.
        _folder.Dispose();
        _folder = new PipelineFolder(Counting);
        await RunTextAsync(Count(10));
        await RunTextAsync(Count(10));
        Damage(2, "state changed");
        string[] obstacles = [Manifest(2) + ".new", Manifest(3) + ".new"];
        foreach (var obstacle in obstacles) Directory.CreateDirectory(obstacle);
        await Assert.ThrowsAsync<StreamForgeException>(() => RunTextAsync(Count(10)));
        foreach (var obstacle in obstacles) Directory.Delete(obstacle);
        await _folder.RunAsync();
        Assert.Equal("30", _folder.Read("v", "1")["n_lifetime"].ToString());
    }

    [Theory]
    [InlineData(1, 7, 1024)]
    [InlineData(1024, 1, 7)]
    [InlineData(3, 2, 16)]
    public async Task State_is_taken_over_by_any_number_of_shards(int first, int second, int third)
    {
        foreach (var shards in new[] { first, second, third }) await RunAsync(700, shards);
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray(), sinks: 0), Workload.Outcome(_folder, sinks: 0));
    }

    [Fact]
    public async Task A_reader_at_rest_that_finds_a_checkpoint_deleted_under_its_hands_takes_the_newer_one()
    {
        await RunAsync(100);
        var directory = _folder.Checkpoints;
        var manifest = _folder.Checkpoint;
        var tries = new List<long>();
        var loaded = directory.LoadNewest(
            m =>
            {
                tries.Add(m.Id);
                if (m.Id > 1) return true;
                // Meanwhile an engine publishes two more and deletes this one.
                directory.Publish(manifest with { Id = 2 });
                directory.Publish(manifest with { Id = 3 });
                directory.Clean();
                return false;
            },
            hasSinks: true);
        Assert.Equal([1, 3], tries);
        Assert.Equal(3, loaded!.Id);
    }

    private const string Counting = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: bigint}]}
        features:
          - {view: v, input: s, entity: [k], windows: [lifetime], aggregates: [{name: n, function: count}]}
        """;

    private static string Count(int rows) => string.Concat(Enumerable.Range(0, rows * 5).Select(i => $"{{\"t\": {1_700_000_000_000 + i}, \"k\": {i % 5}}}\n"));

    private void UseSink()
    {
        _folder.Dispose();
        _folder = new PipelineFolder(Workload.Pipeline());
    }

    private Task<Embedded.EngineStatus> RunAsync(int rows, int? shards = null)
    {
        _events.AddRange(_workload.Next(rows));
        return RunEventsAsync(shards);
    }

    private Task<Embedded.EngineStatus> RunTextAsync(string events)
    {
        _events.AddRange(System.Text.Encoding.UTF8.GetBytes(events));
        return RunEventsAsync(null);
    }

    private Task<Embedded.EngineStatus> RunEventsAsync(int? shards)
    {
        _folder.Write("events.json", _events.ToArray());
        return _folder.RunAsync(shards);
    }

    private string Manifest(long id) => Path.Combine(_folder.Checkpoints.Path, $"checkpoint-{id:D12}.json");

    private void Damage(long id, string damage)
    {
        var path = damage.StartsWith("state", StringComparison.Ordinal) ? _folder.Checkpoints.StatePath(id) : Manifest(id);
        var bytes = File.ReadAllBytes(path);
        switch (damage.Split(' ')[1])
        {
            case "torn": File.WriteAllBytes(path, bytes[..(bytes.Length / 3)]); break;
            case "empty": File.WriteAllBytes(path, []); break;
            case "gone": File.Delete(path); break;
            default:
                bytes[bytes.Length / 2] ^= 0x40;
                File.WriteAllBytes(path, bytes);
                break;
        }
    }
}
