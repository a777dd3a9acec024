using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Tests.Engine;

/// <summary>The tiles behind a number are those that it was computed from.</summary>
public sealed class TileReadTests : IDisposable
{
    private const long Start = 1_700_000_000_000;

    private readonly PipelineFolder _folder = new("""
        metadata: {name: case}
        sources:
          s: {type: files, path: events.json, format: json, event_time: t, schema: [{name: t, type: timestamptz, unit: ms}, {name: k, type: string}, {name: x, type: bigint}]}
        features:
          - {view: v, input: s, entity: [k], windows: [1m, 1h, {tumbling: 1h}, {hopping: 10m, every: 3m}, {session: 10s}, lifetime], aggregates: [{name: n, function: count}, {name: sum, function: sum, of: x}, {name: last, function: last, of: x}],
             derived: [{name: d, expression: "n_1m + 1"}]}
        """);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Tiles_add_up_to_the_feature_and_lie_in_its_interval(int seed)
    {
        var random = new Random(seed);
        var time = Start;
        _folder.Write("events.json", string.Concat(Enumerable.Range(0, 3000).Select(_ =>
        {
            time += random.Next(9000);
            return $$"""{"t": {{time.ToString(CultureInfo.InvariantCulture)}}, "k": "k{{random.Next(5)}}", "x": {{random.Next(100)}}}""" + "\n";
        })));
        await _folder.RunAsync();
        var reader = _folder.AtRest.OpenFeatures(_folder.Plan);
        var view = reader.Views[0];
        var key = new byte[16];
        Assert.True(KeyCodec.TryWriteText(DataType.String, "k1"u8, key, out var length));
        long?[] moments = [null, (time - 20_000) * 1000, (time - 600_000) * 1000];
        foreach (var at in moments)
        {
            for (var f = 0; f < view.Features.Length; f++)
            {
                var feature = view.Features[f];
                if (feature.Window < 0 || (at is not null && view.Windows[feature.Window].Name == "1h")) continue;
                var (expected, row) = (new FeatureRow(), new FeatureRow());
                try
                {
                    reader.Read(view, key.AsSpan(0, length), at, expected);
                }
                catch (StreamForgeException error) when (error.Kind == ErrorKind.OutOfRange)
                {
                    Assert.Equal(error.Message, Assert.Throws<StreamForgeException>(() => reader.ReadTiles(view, key.AsSpan(0, length), f, at, row)).Message);
                    continue;
                }
                var tiles = reader.ReadTiles(view, key.AsSpan(0, length), f, at, row);
                Assert.Equal(expected.Values[f].ToString(), row.Values[f].ToString());
                Assert.Equal(expected.Effective[feature.Window], row.Effective[feature.Window]);
                var (from, to) = row.Effective[feature.Window];
                Assert.All(tiles, tile => Assert.True(tile.From >= from && tile.From < to && tile.From < tile.To));
                Assert.Equal(tiles.Select(t => t.From).Order(), tiles.Select(t => t.From));
                var present = tiles.Where(t => t.Value.Status == FeatureStatus.Present).Select(t => t.Value.Int64).ToArray();
                if (feature.Function == "last") Assert.Equal(row.Values[f].Int64, present.LastOrDefault());
                else Assert.Equal(row.Values[f].Int64, present.Sum());
            }
        }
    }

    [Fact]
    public async Task A_sample_has_known_keys_and_counts_all_and_an_unknown_key_has_no_tiles()
    {
        _folder.Write("events.json", string.Concat(Enumerable.Range(0, 200).Select(i => $$"""{"t": {{Start + i * 60_000}}, "k": "k{{(i < 100 ? 0 : i)}}", "x": 1}""" + "\n")));
        await _folder.RunAsync();
        var reader = _folder.AtRest.OpenFeatures(_folder.Plan);
        var view = reader.Views[0];

        var sample = reader.SampleKeys(view, 3);
        var row = new FeatureRow();

        Assert.Equal((101, 3), (sample.Total, sample.Keys.Length));
        Assert.Equal("k0", KeyCodec.Read(sample.Keys[0], view.Entity).Single().Text);
        foreach (var key in sample.Keys)
        {
            reader.Read(view, key, null, row);
            Assert.True(row.Found);
        }
        var unknown = new byte[16];
        KeyCodec.TryWriteText(DataType.String, "nobody"u8, unknown, out var length);
        Assert.Empty(reader.ReadTiles(view, unknown.AsSpan(0, length), 0, null, row));
        Assert.Equal(FeatureStatus.NotFound, row.Values[0].Status);
    }

    [Fact]
    public async Task A_ledger_read_backwards_is_the_one_read_forwards_turned_around()
    {
        // Long and short, with letters of several bytes, so that blocks end within lines and letters.
        var random = new Random(7);
        _folder.Write("events.json", string.Concat(Enumerable.Range(0, 400).Select(i => $$"""{"t": "never", "k": "{{new string('ü', random.Next(0, 2000))}}{{i}}"}""" + "\n")));
        await _folder.RunAsync();
        var forwards = _folder.AtRest.DeadLetters("case", 0, long.MaxValue).Items.ToArray();

        Assert.Equal(400, forwards.Length);
        Assert.Equal(forwards.Reverse(), _folder.AtRest.DeadLettersBackwards("case", null, long.MaxValue).Items);
        Assert.Equal(forwards.Take(50).Reverse().Take(7), _folder.AtRest.DeadLettersBackwards("case", 50, 7).Items);
        Assert.Empty(_folder.AtRest.DeadLettersBackwards("case", 0, 7).Items);
    }
}
