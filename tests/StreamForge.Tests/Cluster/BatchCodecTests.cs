using FsCheck;
using FsCheck.Fluent;
using StreamForge.Cluster.Slices;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>Whole batches as bytes and back.</summary>
public class BatchCodecTests
{
    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    [Fact]
    public void A_batch_comes_back_as_it_was_whatever_its_columns() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var batch = RandomColumns.Batch(random);
        // A codec made for another schema reads and writes it all the same.
        var codec = new BatchCodec(random.Next(3) == 0 ? new Schema([]) : batch.Schema);
        var decoded = codec.Decode(new BatchCodec(batch.Schema).Encode(batch));
        Assert.Equal(batch.Schema, decoded.Schema);
        Assert.Equal(batch.Origin, decoded.Origin);
        Assert.Equal(Lines(batch), Lines(decoded));
        Assert.Equal(Lines(batch), Lines(codec.Decode(codec.Encode(batch))));
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rows_below_a_position_are_left_out() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var batch = RandomColumns.Batch(random);
        if (batch.Count == 0) return true;
        var from = batch.Headers.Positions[random.Next(batch.Count)] + random.Next(-1, 2);
        var kept = Enumerable.Range(0, batch.Count).Where(r => batch.Headers.Positions[r] >= from).ToArray();
        var codec = new BatchCodec(batch.Schema);
        Assert.Equal(Lines(batch.Gather(kept)), Lines(codec.Decode(codec.Encode(batch), from)));
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_that_are_cut_off_or_of_another_version_are_refused_as_corrupt() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var batch = RandomColumns.Batch(random);
        var codec = new BatchCodec(batch.Schema);
        var payload = codec.Encode(batch);
        var cut = Assert.Throws<StreamForgeException>(() => codec.Decode(payload.AsSpan(0, random.Next(payload.Length))));
        Assert.Equal(ErrorKind.Corrupt, cut.Kind);
        payload[0]++;
        Assert.Contains("version", Assert.Throws<StreamForgeException>(() => codec.Decode(payload)).Message, StringComparison.Ordinal);
        return true;
    }).QuickCheckThrowOnFailure();

    private static string[] Lines(ColumnBatch batch) =>
    [
        .. Enumerable.Range(0, batch.Count).Select(row =>
            $"{batch.Headers.Positions[row]} {batch.PositionTexts?.IsNull(row)} {batch.PositionText(row)} {batch.Headers.EventTimes[row]} {batch.Headers.Watermarks[row]} {batch.Headers.Orders[row]} {batch.Headers.Ops[row]} "
            + string.Join(' ', Enumerable.Range(0, batch.Schema.Count).Select(c => RandomColumns.Text(batch[c], row)))),
    ];
}
