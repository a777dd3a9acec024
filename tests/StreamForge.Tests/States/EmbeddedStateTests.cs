using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Storage;
using StreamForge.Embedded.Transfer;
using StreamForge.Pipeline.States;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.States;

/// <summary>State that leaves one data directory and goes on in another.</summary>
public sealed class EmbeddedStateTests : IDisposable
{
    private const string Pipeline = """
        metadata: {name: case}
        sources:
          events:
            type: files
            path: events*.json
            format: json
            schema: [{name: t, type: timestamptz}, {name: k, type: bigint}, {name: amount, type: "decimal(10,2)"}]
            event_time: t
            watermark: {out_of_orderness: 5m, allowed_lateness: 10m}
        features:
          - view: spending
            input: events
            entity: [k]
            windows: [30m, {tumbling: 1h}, lifetime]
            aggregates:
              - {name: orders, function: count}
              - {name: spend, function: sum, of: amount}
              - {name: newest, function: last, of: amount}
          - view: keys
            input: events
            entity: [k]
            windows: [lifetime]
            aggregates: [{name: n, function: count}]
        sinks:
          closed: {type: files, input: spending, path: out}
          all: {type: files, input: events, path: rows}
        """;

    private readonly PipelineFolder _moved = new(Pipeline);
    private readonly PipelineFolder _stayed = new(Pipeline);

    public void Dispose()
    {
        _moved.Dispose();
        _stayed.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_is_exported_and_imported_goes_on_as_what_stayed(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 4; run++)
        {
            var events = Events(random, run);
            foreach (var folder in new[] { _moved, _stayed })
            {
                folder.Append("events.json", events);
                await folder.RunAsync(shards: 1 + run % 3);
            }
            Assert.Equal(_stayed.AllFeatures(), _moved.AllFeatures());
            Assert.Equal(_stayed.DeadLetters(), _moved.DeadLetters());
            Assert.Equal(_stayed.Late(), _moved.Late());
            Assert.Equal(Rows(_stayed, "out"), Rows(_moved, "out"));
            Assert.Equal(Rows(_stayed, "rows"), Rows(_moved, "rows"));
            Assert.Equal(_stayed.Checkpoint.Watermark, _moved.Checkpoint.Watermark);
            Move($"data{run}");
        }
        Assert.NotEmpty(_moved.DeadLetters());
        Assert.NotEmpty(_moved.Late());
        Assert.NotEmpty(_moved.SinkRows());
    }

    [Fact]
    public async Task Exported_again_it_is_the_same_states_windows_and_ledgers()
    {
        _moved.Append("events.json", Events(new Random(9), 0));
        await _moved.RunAsync(shards: 3);
        var first = Export();
        Move("elsewhere", first);
        var second = Export();
        Assert.Equal(Records(first), Records(second));
        Assert.Contains(Records(first), r => r.StartsWith("WindowsRecord", StringComparison.Ordinal));
        var (header, again) = (Header(first), Header(second));
        Assert.Equal(JsonSerializer.Serialize(header with { Created = default }), JsonSerializer.Serialize(again with { Created = default }));
    }

    [Fact]
    public async Task Where_there_is_state_nothing_is_imported_and_nothing_exported_where_there_is_none()
    {
        _moved.Append("events.json", Events(new Random(9), 0));
        var none = Assert.Throws<StreamForgeException>(() => Export());
        Assert.Equal((ErrorKind.NotFound, $"nothing has run in the data directory {_moved.Data.Path} yet; name another folder with --data-dir"), (none.Kind, none.Message));
        await _moved.RunAsync();
        var other = Assert.Throws<StreamForgeException>(() => EmbeddedStateExport.Export(_moved.Data, "another", new MemoryStream(), TimeProvider.System));
        Assert.Equal($"no pipeline another has run in {_moved.Data.Path}; there is case", other.Message);
        var taken = Assert.Throws<StreamForgeException>(() => Import(Export(), _moved.Data));
        Assert.Equal(
            (ErrorKind.Conflict, $"the data directory {_moved.Data.Path} has state of case already, up to checkpoint 1; name an empty one with --data-dir, or move that one away first"), (taken.Kind, taken.Message));
        using (_moved.Data.Lock()) Assert.Equal(ErrorKind.Busy, Assert.Throws<StreamForgeException>(() => Export()).Kind);
    }

    [Fact]
    public async Task A_torn_file_leaves_nothing_that_a_run_would_see_and_can_be_imported_whole()
    {
        _moved.Append("events.json", Events(new Random(9), 0));
        await _moved.RunAsync();
        var features = _moved.AllFeatures();
        var file = Export();
        var data = new DataDirectory(_moved["torn"]);
        foreach (var length in new[] { file.Length - 1, file.Length - 60, file.Length / 2 })
        {
            Assert.Equal(ErrorKind.Corrupt, Assert.Throws<StreamForgeException>(() => Import(file[..length], data)).Kind);
            Assert.Empty(new CheckpointDirectory(data.Checkpoints("case")).Ids());
        }
        Move("torn", file);
        Assert.Equal(features, _moved.AllFeatures());
    }

    [Fact]
    public async Task The_number_of_the_checkpoint_goes_on()
    {
        for (var run = 0; run < 3; run++)
        {
            _moved.Append("events.json", Events(new Random(run), run));
            await _moved.RunAsync();
        }
        Assert.Equal(3, _moved.Checkpoint.Id);
        Move("elsewhere");
        Assert.Equal(3, _moved.Checkpoint.Id);
        _moved.Append("events.json", Events(new Random(5), 3));
        await _moved.RunAsync();
        Assert.Equal(4, _moved.Checkpoint.Id);
    }

    [Fact]
    public void A_name_that_leads_elsewhere_is_no_name_of_a_pipeline()
    {
        foreach (var name in new[] { "../x", "a/b", "", ".hidden", "c:x" })
        {
            var file = new MemoryStream();
            new StateWriter(file, new StateHeader(name, 1, default, "embedded", 0, [], [], [], [], System.Collections.Immutable.ImmutableSortedDictionary<string, long>.Empty, null)).Complete();
            Assert.Equal(ErrorKind.Corrupt, Assert.Throws<StreamForgeException>(() => Import(file.ToArray(), _moved.Data)).Kind);
        }
    }

    /// <summary>Events of some hours, each run an hour after the one before: some late, some too late, some broken.</summary>
    private static string Events(Random random, int run)
    {
        var lines = new System.Text.StringBuilder();
        for (var i = 0; i < 300; i++)
        {
            var time = new DateTime(2024, 1, 1, 10, 0, 0, DateTimeKind.Utc).AddHours(run).AddSeconds(i * 15 - (random.Next(10) == 0 ? random.Next(6000) : 0));
            lines.Append(random.Next(60) == 0 ? "{\"t\": broken\n" : string.Create(CultureInfo.InvariantCulture, $"{{\"t\": \"{time:yyyy-MM-ddTHH:mm:ssZ}\", \"k\": {random.Next(20)}, \"amount\": {random.Next(1000)}.25}}\n"));
        }
        return lines.ToString();
    }

    /// <summary>Rows of a sink, without which shard emitted them.</summary>
    private static string[] Rows(PipelineFolder folder, string sink) => [.. folder.SinkRows(sink).Select(Row).Order(StringComparer.Ordinal)];

    private static string Row(string line) => string.Join(", ", JsonDocument.Parse(line).RootElement.EnumerateObject().Where(p => !p.Name.StartsWith('_')).Select(p => p.ToString()));

    private void Move(string to, byte[]? file = null)
    {
        file ??= Export();
        var data = new DataDirectory(_moved[to]);
        Import(file, data);
        Directory.Delete(_moved.Data.Path, recursive: true);
        _moved.Data = data;
    }

    private byte[] Export()
    {
        var file = new MemoryStream();
        EmbeddedStateExport.Export(_moved.Data, "case", file, TimeProvider.System);
        return file.ToArray();
    }

    private static void Import(byte[] file, DataDirectory data) => EmbeddedStateImport.Import(new StateReader(new MemoryStream(file), "x.state"), data, TimeProvider.System);

    private static StateHeader Header(byte[] file) => new StateReader(new MemoryStream(file), "x.state").Header;

    private static string[] Records(byte[] file)
    {
        var reader = new StateReader(new MemoryStream(file), "x.state");
        var records = new List<string>();
        while (reader.Next() is { } record) records.Add($"{record.GetType().Name} {JsonSerializer.Serialize<object>(record)}");
        return [.. records.Order(StringComparer.Ordinal)];
    }
}
