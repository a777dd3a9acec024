using StreamForge.Core;
using StreamForge.Tests.Engine;
using StreamForge.Tests.Faults;

namespace StreamForge.Tests.Checkpoints;

/// <summary>
/// A start that dies between any two steps of the commit protocol, and the one after it: the failing step is made to fail by the file system, as a folder
/// stands where a file must go, and whatever the dead process left is left.
/// </summary>
public sealed class CommitProtocolTests : IDisposable
{
    private const int Rows = 3000;

    private readonly byte[] _events = new Workload(7).Next(Rows);
    private readonly PipelineFolder _folder = new(Workload.Pipeline(sinks: 2));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Death_before_the_state_file_leaves_nothing_and_the_next_start_makes_everything() =>
        await DieAndRecoverAsync("data/checkpoints/case/state-000000000001.bin", expectCheckpoint: false);

    [Fact]
    public async Task Death_before_publish_leaves_nothing_and_the_next_start_makes_everything() =>
        await DieAndRecoverAsync("data/checkpoints/case/checkpoint-000000000001.json.new", expectCheckpoint: false);

    [Fact]
    public async Task Death_within_publish_before_its_rename_leaves_nothing_and_the_next_start_makes_everything() =>
        await DieAndRecoverAsync("data/checkpoints/case/checkpoint-000000000001.json/x", expectCheckpoint: false);

    [Fact]
    public async Task Death_after_publish_before_any_sinks_commit_is_repaired_by_repeating_the_commits() =>
        await DieAndRecoverAsync($"out/{await CommittedNameAsync()}/x", expectCheckpoint: true);

    [Fact]
    public async Task Death_between_two_sinks_commits_is_repaired_by_repeating_both() =>
        await DieAndRecoverAsync($"out2/{await CommittedNameAsync()}/x", expectCheckpoint: true);

    [Fact]
    public async Task Death_before_publish_of_a_later_checkpoint_goes_on_from_the_one_before()
    {
        var (first, _) = Halves();
        _folder.Write("events.json", first);
        await _folder.RunAsync();
        _folder.Write("events.json", _events);
        await DieAsync("data/checkpoints/case/checkpoint-000000000002.json.new");
        Assert.Equal(1, _folder.Checkpoint.Id);
        Assert.Equal(first.Length, Assert.Single(_folder.Checkpoint.Partitions).Offset);
        await _folder.RunAsync();
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Death_after_publish_of_a_later_checkpoint_repeats_its_commits_only()
    {
        var (first, _) = Halves();
        _folder.Write("events.json", first);
        await _folder.RunAsync();
        var before = _folder.SinkRows();
        var name = await CommittedNameAsync(ofSecondHalf: true);
        _folder.Write("events.json", _events);
        await DieAsync($"out/{name}/x");
        Assert.Equal(2, _folder.Checkpoint.Id);
        Assert.Equal(before, _folder.SinkRows());
        await _folder.RunAsync();
        Assert.Equal(2, _folder.Checkpoint.Id);
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Deaths_one_after_another_at_every_step_add_up_to_nothing()
    {
        var name = await CommittedNameAsync();
        _folder.Write("events.json", _events);
        foreach (var obstacle in new[] { "data/checkpoints/case/state-000000000001.bin", "data/checkpoints/case/checkpoint-000000000001.json.new", "data/checkpoints/case/checkpoint-000000000001.json/x" })
        {
            await DieAsync(obstacle);
            Assert.Empty(_folder.SinkRows());
        }
        await DieAsync($"out2/{name}/x");
        // From here on the checkpoint is published: a start that cannot repeat its commits does not begin to read.
        Block($"out2/{name}/x");
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.StartsWith("cannot write sink s2 in ", error.Message, StringComparison.Ordinal);
        Unblock($"out2/{name}/x");
        await _folder.RunAsync();
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task What_a_dead_process_left_lying_about_is_never_taken_up()
    {
        var (first, _) = Halves();
        _folder.Write("events.json", first);
        await _folder.RunAsync();
        _folder.Write("data/checkpoints/case/checkpoint-000000000002.json.new", _folder.Bytes("data/checkpoints/case/checkpoint-000000000001.json"));
        _folder.Write("data/checkpoints/case/state-000000000002.bin", "half a state"u8);
        _folder.Write("data/catalog/case.json.new", "half an entry"u8);
        _folder.Write("out/.writing/events-0-000000001480.part", "{\"user\":\"nobody\"}\n"u8);
        _folder.Append("data/late/case.jsonl", "{\"source\":\"ev");
        _folder.Append("data/dead-letters/case.jsonl", "{\"source\":\"events\",\"partition\":0,\"position\":\"events.json:1\",\"reason\":\"never published\",\"raw\":\"\"}\n");
        var letters = _folder.DeadLetters();
        Assert.DoesNotContain(letters, l => l.Contains("never published", StringComparison.Ordinal));
        _folder.Write("events.json", _events);
        await _folder.RunAsync();
        await AssertUndisturbedAsync();
        Assert.Empty(Directory.EnumerateFiles(_folder.Checkpoints.Path, "*.new"));
        Assert.Empty(Directory.EnumerateFiles(_folder["out/.writing"]));
    }

    [Fact]
    public async Task A_start_with_nothing_to_read_publishes_nothing_and_changes_nothing()
    {
        _folder.Write("events.json", _events);
        await _folder.RunAsync();
        var files = Files();
        await _folder.RunAsync(shards: 5);
        Assert.Equal(files, Files());

        string[] Files() => [.. Directory.EnumerateFiles(_folder["data"], "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(_folder["out"])).Where(f => !f.EndsWith("LOCK", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(f => $"{f} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];
    }

    [Fact]
    public async Task Only_the_two_newest_checkpoints_are_kept()
    {
        var workload = new Workload(3);
        for (var i = 0; i < 4; i++)
        {
            _folder.Append("events.json", System.Text.Encoding.UTF8.GetString(workload.Next(50)));
            await _folder.RunAsync();
        }
        Assert.Equal([4, 3], _folder.Checkpoints.Ids());
        Assert.Equal(
            _folder.Checkpoints.Ids().SelectMany(id => _folder.Checkpoints.Manifest(id)!.States).Select(s => s.File).Distinct().Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(_folder.Checkpoints.Path, "state-*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_sink_that_cannot_commit_is_named_and_its_rows_are_not_lost()
    {
        var name = await CommittedNameAsync();
        _folder.Write("events.json", _events);
        var error = await DieAsync($"out2/{name}/x");
        Assert.StartsWith($"cannot write sink s2 in {_folder["out2"]}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal([1], _folder.Checkpoints.Ids());
    }

    [Fact]
    public async Task A_last_checkpoint_that_cannot_be_written_is_named()
    {
        _folder.Write("events.json", _events);
        var error = await DieAsync("data/checkpoints/case/state-000000000001.bin");
        Assert.StartsWith($"cannot write a checkpoint in {_folder.Checkpoints.Path}: ", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(ErrorKind.Internal, error.Kind);
    }

    private async Task DieAndRecoverAsync(string obstacle, bool expectCheckpoint)
    {
        _folder.Write("events.json", _events);
        await DieAsync(obstacle);
        Assert.Equal(expectCheckpoint ? [1] : Array.Empty<long>(), _folder.Checkpoints.Ids());
        Assert.Equal(obstacle.StartsWith("out2/", StringComparison.Ordinal), _folder.SinkRows().Length > 0);
        await _folder.RunAsync(shards: 3);
        Assert.Equal([1], _folder.Checkpoints.Ids());
        await AssertUndisturbedAsync();
    }

    /// <summary>Runs into an obstacle, a folder where a file must be written or renamed to, and takes it away again.</summary>
    private async Task<StreamForgeException> DieAsync(string obstacle)
    {
        Block(obstacle);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Unblock(obstacle);
        return error;
    }

    private void Block(string obstacle) => Directory.CreateDirectory(_folder[obstacle]);

    private void Unblock(string obstacle)
    {
        var blocked = obstacle.EndsWith("/x", StringComparison.Ordinal) ? obstacle[..^2] : obstacle;
        Directory.Delete(_folder[blocked], recursive: true);
    }

    private (byte[] First, byte[] Second) Halves()
    {
        var cut = Array.IndexOf(_events, (byte)'\n', _events.Length / 2) + 1;
        return (_events[..cut], _events[cut..]);
    }

    /// <summary>The name under which rows are committed when nothing goes wrong: their first and last number.</summary>
    private async Task<string> CommittedNameAsync(bool ofSecondHalf = false)
    {
        using var folder = new PipelineFolder(Workload.Pipeline());
        if (ofSecondHalf)
        {
            folder.Write("events.json", Halves().First);
            await folder.RunAsync();
        }
        folder.Write("events.json", _events);
        await folder.RunAsync();
        return Directory.EnumerateFiles(folder["out"], "*.jsonl").Select(f => Path.GetFileName(f)).Max(StringComparer.Ordinal)!;
    }

    private async Task AssertUndisturbedAsync() => Workload.AssertSame(await Workload.UndisturbedAsync(_events, sinks: 2), Workload.Outcome(_folder, sinks: 2));
}
