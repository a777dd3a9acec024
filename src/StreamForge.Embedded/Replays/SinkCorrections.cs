using System.Collections.Immutable;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Storage;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Replays;

/// <summary>
/// The sinks of a pipeline that does not run, opened to be given corrections exactly once, as a running pipeline gives them rows: what a sink has prepared and the marks of the events are published in one checkpoint, which is the step
/// that counts, and then committed; a process that dies between has the next start repeat it. What the newest checkpoint left pending is committed first (<see cref="SettleAsync"/>), so that what the sinks were given is all there to be read.
/// </summary>
internal sealed class SinkCorrections : IAsyncDisposable
{
    private readonly LiveDefinition _live;
    private readonly DataDirectory _data;
    private readonly TimeProvider _clock;
    private readonly string _warehouse;
    private readonly CheckpointDirectory _directory;
    private readonly Dictionary<string, ISink> _sinks = new(StringComparer.Ordinal);
    private CheckpointManifest _checkpoint;

    public SinkCorrections(LiveDefinition live, DataDirectory data, TimeProvider clock)
    {
        (_live, _data, _clock, _checkpoint) = (live, data, clock, live.Checkpoint);
        _warehouse = live.Entry.Warehouse ?? new TableHome(data).Of(live.Plan.Definition);
        _directory = new CheckpointDirectory(data.Checkpoints(live.Plan.Name));
    }

    /// <summary>Opens the sinks that the checkpoint knows and makes the commits that it has pending, also those that would wait for a later checkpoint.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        var factory = new SinkFactory(_live.Plan, _data, _warehouse, _clock);
        foreach (var plan in _live.Plan.Sinks)
        {
            if (_checkpoint.Sinks.FirstOrDefault(k => k.Name == plan.Name) is not { } kept) continue;
            var sink = factory.Open(plan);
            _sinks.Add(plan.Name, sink);
            await sink.RecoverAsync(kept.Pending, fresh: false, cancellation);
            if (kept.Pending is { } commit) await sink.CommitAsync(commit, cancellation);
        }
        var waiting = _sinks.Values.Where(static s => s.HasUncommitted).ToArray();
        if (waiting.Length > 0) await PublishAsync(waiting, _checkpoint.LateReplay, cancellation);
    }

    /// <summary>What a sink of a view's closed windows has been given.</summary>
    public Task<EmittedWindows> GivenAsync(SinkPlan sink, CancellationToken cancellation)
    {
        var view = _live.Plan.Views[sink.View];
        return sink.Definition.Options switch
        {
            FilesSinkOptions files => Task.FromResult(EmittedWindows.ReadFolder(view, files.Path)),
            IcebergSinkOptions table => EmittedWindows.ReadTableAsync(view, sink, table, _warehouse, _clock, cancellation),
            var other => throw new StreamForgeException(ErrorKind.NotSupported, $"correcting the windows of the sink {sink.Name} of type {other.Type} is not supported yet"),
        };
    }

    /// <summary>Gives sinks their corrections and marks events as put right, all in one step.</summary>
    /// <param name="corrections">Rows by the sink's name.</param>
    /// <param name="settled">Numbers of the events in the late ledger.</param>
    public async Task PublishAsync(IReadOnlyDictionary<string, List<JsonObject>> corrections, IEnumerable<long> settled, CancellationToken cancellation)
    {
        var written = new List<ISink>();
        var done = _checkpoint.LateReplay;
        var rows = done.Rows;
        foreach (var plan in _live.Plan.Sinks)
        {
            if (!_sinks.TryGetValue(plan.Name, out var sink) || corrections.GetValueOrDefault(plan.Name) is not { Count: > 0 } windows) continue;
            await CorrectedRows.WriteAsync(sink, _live.Plan.Views[plan.View], plan.Schema, windows, done.Rows, _checkpoint.Watermark, _data, cancellation);
            written.Add(sink);
            rows += windows.Count;
        }
        await PublishAsync(written, new LateReplayCheckpoint([.. done.Records, .. settled], rows), cancellation);
    }

    private async Task PublishAsync(IReadOnlyList<ISink> written, LateReplayCheckpoint replayed, CancellationToken cancellation)
    {
        var id = _directory.NextId();
        var request = new PrepareRequest(id, Final: true, _checkpoint.Partitions.ToImmutableSortedDictionary(static p => $"{p.Source}/{p.Partition}", static p => p.Position, StringComparer.Ordinal));
        var pending = _checkpoint.Sinks.ToDictionary(static s => s.Name, static s => s.Pending, StringComparer.Ordinal);
        foreach (var sink in written) pending[sink.Name] = await sink.PrepareAsync(request, cancellation);
        _checkpoint = _checkpoint with
        {
            Id = id,
            Created = _clock.GetUtcNow(),
            Sinks = [.. _checkpoint.Sinks.Select(s => s with { Pending = pending[s.Name] })],
            LateReplay = replayed,
        };
        _directory.Publish(_checkpoint);
        foreach (var sink in written)
        {
            if (pending[sink.Name] is { } commit) await sink.CommitAsync(commit, cancellation);
        }
        _directory.Clean();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sink in _sinks.Values) await sink.DisposeAsync();
    }
}
