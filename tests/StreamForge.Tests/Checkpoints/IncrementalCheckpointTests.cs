using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Tests.Engine;
using StreamForge.Tests.Faults;

namespace StreamForge.Tests.Checkpoints;

/// <summary>Checkpoints that add files of changes to those of the one before, and begin anew when these have grown: what they write, what they read back, and what they keep.</summary>
public sealed class IncrementalCheckpointTests : IDisposable
{
    private readonly Workload _workload = new(21);
    private readonly List<byte> _events = [];
    private PipelineFolder _folder = new(Workload.Pipeline(sinks: 0));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_checkpoint_writes_what_changed_since_the_one_before()
    {
        UseCounting();
        await RunTextAsync(Count(Enumerable.Range(0, 5000)));
        var first = Assert.Single(_folder.Checkpoint.States);
        Assert.Equal(5000, first.Records);
        await RunTextAsync(Count(Enumerable.Range(100, 10)));
        await RunTextAsync(Count(Enumerable.Range(4990, 20)));
        var checkpoint = _folder.Checkpoint;
        Assert.Equal([first.File, "state-000000000002.bin", "state-000000000003.bin"], checkpoint.States.Select(s => s.File));
        Assert.Equal([5000, 10, 20], checkpoint.States.Select(s => s.Records));
        Assert.True(checkpoint.States.Skip(1).Sum(s => s.Bytes) * 50 < first.Bytes);
        Assert.Equal(5010, checkpoint.StateRecords);
        Assert.Equal("2", _folder.Read("v", "105")["n_lifetime"].ToString());
        Assert.Equal("1", _folder.Read("v", "99")["n_lifetime"].ToString());
        Assert.Equal("1", _folder.Read("v", "5009")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task Changes_that_have_grown_as_large_as_the_first_file_are_followed_by_a_new_one()
    {
        UseCounting();
        var written = 0L;
        var parts = new List<int>();
        for (var run = 0; run < 12; run++)
        {
            await RunTextAsync(Count(run == 0 ? Enumerable.Range(0, 1000) : Enumerable.Range(run * 50, 300)));
            var checkpoint = _folder.Checkpoint;
            written += checkpoint.States[^1].Records;
            parts.Add(checkpoint.States.Length);
            Assert.Equal(1000, checkpoint.StateRecords);
            Assert.Equal(_folder.Checkpoints.Ids().SelectMany(id => _folder.Checkpoints.Manifest(id)!.States).Select(s => s.File).ToHashSet(StringComparer.Ordinal), Files().ToHashSet(StringComparer.Ordinal));
        }
        Assert.Equal([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2], parts);
        Assert.True(written < 2 * (1000 + 11 * 300) + 1000);
        Assert.Equal("7", _folder.Read("v", "550")["n_lifetime"].ToString());
    }

    [Theory]
    [InlineData(1, 3, 7)]
    [InlineData(16, 1, 2)]
    public async Task Starts_with_any_number_of_shards_add_up_to_an_undisturbed_run(int first, int second, int third)
    {
        foreach (var shards in new[] { first, second, third, first, second, third })
        {
            await RunAsync(_events.Count == 0 ? 3000 : 40, shards);
        }
        Assert.InRange(_folder.Checkpoint.States.Length, 2, 6);
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray(), sinks: 0), Workload.Outcome(_folder, sinks: 0));
    }

    [Fact]
    public async Task Checkpoints_taken_while_events_come_add_up_to_an_undisturbed_run()
    {
        // A read is a few rows, and every read is followed by a checkpoint as soon as the one before is done.
        _folder.Dispose();
        _folder = new PipelineFolder(Workload.Pipeline(sinks: 1, maxRows: 50, interval: "1ms", closed: true));
        await RunAsync(4000);
        Assert.True(_folder.Checkpoint.Id > 1);
        await RunAsync(2000);
        Workload.AssertSame(await Workload.UndisturbedClosedAsync(_events.ToArray()), Workload.Closed(_folder));
        using var undisturbed = new PipelineFolder(Workload.Pipeline(sinks: 1, closed: true));
        undisturbed.Write("events.json", _events.ToArray());
        await undisturbed.RunAsync();
        Assert.Equal(undisturbed.AllFeatures(), _folder.AllFeatures());
        Assert.Equal(undisturbed.SinkRows(), _folder.SinkRows());
    }

    [Fact]
    public async Task A_key_is_found_at_rest_in_whatever_file_has_its_newest_state()
    {
        await RunAsync(2000);
        await RunAsync(30);
        await RunAsync(30);
        Assert.Equal(3, _folder.Checkpoint.States.Length);
        var plan = _folder.Plan;
        var view = plan.Views[0].Description;
        var all = _folder.AtRest.OpenFeatures(plan);
        foreach (var key in _folder.Keys()[view.Name])
        {
            var (one, other) = (new FeatureRow(), new FeatureRow());
            all.Read(view, key, null, one);
            _folder.AtRest.OpenFeatures(plan, key).Read(view, key, null, other);
            Assert.Equal(one.Values.Select(v => v.ToString()), other.Values.Select(v => v.ToString()));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Changes_torn_at_any_length_or_with_any_byte_changed_are_noticed(int part)
    {
        UseCounting();
        await RunTextAsync(Count(Enumerable.Range(0, 500)));
        await RunTextAsync(Count(Enumerable.Range(3, 5)));
        await RunTextAsync(Count(Enumerable.Range(300, 5)));
        var checkpoint = _folder.Checkpoint;
        var path = Path.Combine(_folder.Checkpoints.Path, checkpoint.States[part - 1].File);
        var whole = _folder.Bytes(path);
        Assert.True(IsWhole());
        for (var length = 0; length < whole.Length; length++)
        {
            _folder.Write(path, whole.AsSpan(0, length));
            Assert.False(IsWhole());
        }
        for (var i = 0; i < whole.Length; i++)
        {
            whole[i] ^= 0x10;
            _folder.Write(path, whole);
            Assert.False(IsWhole());
            whole[i] ^= 0x10;
        }

        bool IsWhole() => _folder.Checkpoints.TryRead(checkpoint, _ => { }, (_, _, _) => { });
    }

    [Theory]
    [InlineData("torn")]
    [InlineData("gone")]
    public async Task When_the_newest_changes_are_damaged_the_checkpoint_before_has_all_its_files(string damage)
    {
        for (var run = 0; run < 9; run++)
        {
            await RunAsync(run == 0 ? 1500 : 60);
            var states = _folder.Checkpoint.States;
            var newest = Path.Combine(_folder.Checkpoints.Path, states[^1].File);
            if (run % 2 == 0) continue;
            if (damage == "gone") File.Delete(newest);
            else _folder.Write(newest, _folder.Bytes(newest).AsSpan()[..^5]);
            _events.AddRange(_workload.Next(10));
            await RunEventsAsync(null);
            // It went on from the one before, under a number of its own.
            Assert.DoesNotContain(Path.GetFileName(newest), _folder.Checkpoint.States.Select(s => s.File));
            Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray(), sinks: 0), Workload.Outcome(_folder, sinks: 0));
        }
    }

    [Fact]
    public async Task When_the_first_file_is_damaged_no_checkpoint_that_names_it_is_taken()
    {
        await RunAsync(1500);
        await RunAsync(20);
        await RunAsync(20);
        var first = Path.Combine(_folder.Checkpoints.Path, _folder.Checkpoint.States[0].File);
        var bytes = _folder.Bytes(first);
        bytes[bytes.Length / 2] ^= 1;
        _folder.Write(first, bytes);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => RunAsync(20));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
    }

    [Theory]
    [InlineData("data/checkpoints/case/state-000000000003.bin")]
    [InlineData("data/checkpoints/case/checkpoint-000000000003.json.new")]
    [InlineData("data/checkpoints/case/checkpoint-000000000003.json/x")]
    public async Task Death_at_any_step_of_writing_changes_leaves_the_checkpoint_before(string obstacle)
    {
        await RunAsync(1500);
        await RunAsync(50);
        var before = _folder.AllFeatures();
        Directory.CreateDirectory(_folder[obstacle]);
        await Assert.ThrowsAsync<StreamForgeException>(() => RunAsync(50));
        Directory.Delete(_folder[obstacle.EndsWith("/x", StringComparison.Ordinal) ? obstacle[..^2] : obstacle], recursive: true);
        Assert.Equal(2, _folder.Checkpoint.Id);
        Assert.Equal(before, _folder.AllFeatures());
        await _folder.RunAsync();
        Assert.Equal(3, _folder.Checkpoint.States.Length);
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray(), sinks: 0), Workload.Outcome(_folder, sinks: 0));
    }

    [Fact]
    public async Task A_view_more_in_the_definition_begins_anew()
    {
        UseCounting();
        await RunTextAsync(Count(Enumerable.Range(0, 500)));
        _folder.Pipeline = Counting.Replace("- {view: v,", "- {view: first, input: s, entity: [k], windows: [lifetime], aggregates: [{name: n, function: count}]}\n  - {view: v,", StringComparison.Ordinal);
        await RunTextAsync(Count(Enumerable.Range(0, 10)));
        Assert.Single(_folder.Checkpoint.States);
        Assert.Equal("2", _folder.Read("v", "5")["n_lifetime"].ToString());
        Assert.Equal("1", _folder.Read("first", "5")["n_lifetime"].ToString());
        await RunTextAsync(Count(Enumerable.Range(0, 10)));
        Assert.Equal(2, _folder.Checkpoint.States.Length);
        Assert.Equal("3", _folder.Read("v", "5")["n_lifetime"].ToString());
        Assert.Equal("2", _folder.Read("first", "5")["n_lifetime"].ToString());
    }

    [Fact]
    public async Task A_checkpoint_of_the_first_format_is_read_and_gone_on_from()
    {
        await RunAsync(1500);
        var checkpoint = _folder.Checkpoint;
        var state = Assert.Single(checkpoint.States);
        // What the first format wrote: one state file, named by three members of the manifest.
        var json = JsonNode.Parse(checkpoint.Serialize().AsSpan()[..checkpoint.Serialize().AsSpan().IndexOf((byte)'\n')])!.AsObject();
        json["Format"] = 1;
        json.Remove("States");
        json["StateFile"] = state.File;
        json["StateBytes"] = state.Bytes;
        var line = Encoding.UTF8.GetBytes(json.ToJsonString());
        _folder.Write("data/checkpoints/case/checkpoint-000000000001.json", [.. line, (byte)'\n', .. Encoding.ASCII.GetBytes(XxHash64.Hash(line).ToString("x16", CultureInfo.InvariantCulture)), (byte)'\n']);
        await RunAsync(50);
        Assert.Equal(2, _folder.Checkpoint.States.Length);
        Workload.AssertSame(await Workload.UndisturbedAsync(_events.ToArray(), sinks: 0), Workload.Outcome(_folder, sinks: 0));
    }

    [Fact]
    public void Removals_are_read_back_as_such()
    {
        Directory.CreateDirectory(_folder.Checkpoints.Path);
        var path = Path.Combine(_folder.Checkpoints.Path, "state-000000000001.bin");
        using (var file = new StateFileWriter(path))
        {
            file.Add(2, StateRecordKind.Removed, [1, 2, 3]);
            file.Add(0, StateRecordKind.State, new byte[40]);
            file.Add(1, StateRecordKind.Windows, [9]);
            file.Complete();
            Assert.Equal(2, file.Records);
        }
        var read = new List<(int, StateRecordKind, int)>();
        Assert.True(StateFileReader.TryRead(path, new FileInfo(path).Length, (view, kind, bytes) => read.Add((view, kind, bytes.Length))));
        Assert.Equal([(2, StateRecordKind.Removed, 3), (0, StateRecordKind.State, 40), (1, StateRecordKind.Windows, 1)], read);
    }

    private const string Counting = """
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: bigint}]}
        features:
          - {view: v, input: s, entity: [k], windows: [lifetime], aggregates: [{name: n, function: count}]}
        """;

    private static string Count(IEnumerable<int> keys) => string.Concat(keys.Select(k => $"{{\"t\": {1_700_000_000_000 + k}, \"k\": {k}}}\n"));

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_folder.Checkpoints.Path, "state-*").Select(f => Path.GetFileName(f));

    private void UseCounting()
    {
        _folder.Dispose();
        _folder = new PipelineFolder(Counting);
    }

    private Task<Embedded.EngineStatus> RunAsync(int rows, int? shards = null)
    {
        _events.AddRange(_workload.Next(rows));
        return RunEventsAsync(shards);
    }

    private Task<Embedded.EngineStatus> RunTextAsync(string events)
    {
        _events.AddRange(Encoding.UTF8.GetBytes(events));
        return RunEventsAsync(null);
    }

    private Task<Embedded.EngineStatus> RunEventsAsync(int? shards)
    {
        _folder.Write("events.json", _events.ToArray());
        return _folder.RunAsync(shards);
    }
}
