using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Pipeline.States;

namespace StreamForge.Tests.States;

/// <summary>The portable state file: what is written is read, and what is not whole, or not one, is refused in one sentence.</summary>
public class StateFileTests
{
    [Fact]
    public void Whatever_is_written_is_read() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var (header, records) = Random(new Random(seed), scale: 40);
        var (read, found) = Read(Write(header, records));
        Assert.Equal(Text(header), Text(read));
        Assert.Equal(records.Select(Text), found.Select(Text));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void States_of_many_blocks_and_larger_than_one_are_read()
    {
        var (header, _) = Random(new Random(1), scale: 1);
        header = header with { Views = [new StateView("v", ["f"], 1)] };
        var random = new Random(2);
        StateRecord[] records = [.. Enumerable.Range(0, 60).Select(n => new KeyRecord(0, Bytes(random, n % 20 == 0 ? 3 << 20 : 100_000))), new LedgerRecord(LedgerKind.Late, new string('é', 2 << 20))];
        Assert.Equal(records.Select(Text), Read(Write(header, records)).Records.Select(Text));
    }

    [Fact]
    public void A_file_torn_at_any_length_is_refused()
    {
        var (header, records) = Random(new Random(3), scale: 6);
        var file = Write(header, records);
        for (var length = 0; length < file.Length; length++) Assert.Equal(ErrorKind.Corrupt, Refused(file[..length]).Kind);
        Assert.Equal(ErrorKind.Corrupt, Refused([.. file, 0]).Kind);
    }

    [Fact]
    public void A_file_with_any_byte_changed_is_refused()
    {
        var (header, records) = Random(new Random(4), scale: 6);
        var file = Write(header, records);
        for (var i = 0; i < file.Length; i++)
        {
            file[i] ^= 0x10;
            Refused(file);
            file[i] ^= 0x10;
        }
    }

    [Fact]
    public void A_file_whose_blocks_stand_in_another_order_or_are_missing_is_refused()
    {
        var (header, _) = Random(new Random(5), scale: 1);
        header = header with { Views = [new StateView("v", ["f"], 1)] };
        var file = Write(header, [.. Enumerable.Range(0, 4).Select(n => new KeyRecord(0, Bytes(new Random(n), 1 << 20)))]);
        var blocks = new List<byte[]>();
        for (var at = 12; at < file.Length;)
        {
            var length = 12 + BitConverter.ToInt32(file, at);
            blocks.Add(file[at..(at + length)]);
            at += length;
        }
        byte[] File(params int[] order) => [.. file[..12], .. order.SelectMany(i => blocks[i])];
        Assert.Equal(6, blocks.Count);
        Assert.Equal(4, Read(File(0, 1, 2, 3, 4, 5)).Records.Count);
        foreach (var order in new int[][] { [0, 2, 1, 3, 4, 5], [0, 1, 2, 3, 5], [0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [0, 5], [0, 1, 1, 2, 3, 4, 5] }) Refused(File(order));
    }

    [Fact]
    public void Foreign_and_newer_files_are_told_apart()
    {
        Assert.Equal("x.state is not a state file; streamforge state export writes one", Refused("PAR1 this is something else"u8.ToArray()).Message);
        Assert.Equal("x.state is not a state file; streamforge state export writes one", Refused([]).Message);
        var (header, records) = Random(new Random(6), scale: 2);
        var file = Write(header, records);
        file[8] = 3;
        var error = Refused(file);
        Assert.Equal(ErrorKind.NotSupported, error.Kind);
        Assert.Equal("the state file x.state has format 3, and this program reads formats 1 to 2: that format is not supported yet, use the program that wrote it", error.Message);
    }

    [Fact]
    public void A_file_of_the_first_format_which_knew_no_images_is_read()
    {
        var (header, records) = Random(new Random(8), scale: 20);
        records = [.. records.Where(r => r is not ImageRecord)];
        var file = Write(header, records);
        // Its end has no count of images.
        var end = file.Length - 12 - 5 - 5 * sizeof(long);
        byte[] last = [.. file[(end + 12)..^sizeof(long)]];
        byte[] old = [.. file[..8], 1, 0, 0, 0, .. file[12..end], .. BitConverter.GetBytes(last.Length), .. BitConverter.GetBytes(XxHash64.Hash(last)), .. last];
        var read = Read(old);
        Assert.Equal(Text(header), Text(read.Header));
        Assert.Equal(records.Select(Text), read.Records.Select(Text));
    }

    [Fact]
    public void Records_out_of_order_are_a_mistake_of_the_writer()
    {
        var (header, _) = Random(new Random(7), scale: 1);
        var writer = new StateWriter(new MemoryStream(), header);
        writer.Add(new LedgerRecord(LedgerKind.Late, "{}"));
        Assert.Throws<InvalidOperationException>(() => writer.Add(new KeyRecord(0, [])));
    }

    private static StreamForgeException Refused(byte[] file)
    {
        var error = Assert.Throws<StreamForgeException>(() => Read(file));
        Assert.False(error.Retryable);
        Assert.Contains("x.state", error.Message, StringComparison.Ordinal);
        return error;
    }

    private static byte[] Write(StateHeader header, IEnumerable<StateRecord> records)
    {
        var target = new MemoryStream();
        var writer = new StateWriter(target, header);
        foreach (var record in records) writer.Add(record);
        writer.Complete();
        return target.ToArray();
    }

    private static (StateHeader Header, List<StateRecord> Records) Read(byte[] file)
    {
        var reader = new StateReader(new MemoryStream(file), "x.state");
        var records = new List<StateRecord>();
        while (reader.Next() is { } record) records.Add(record);
        return (reader.Header, records);
    }

    /// <summary>A state in which anything may be anything, in as many parts as <paramref name="scale"/> allows.</summary>
    private static (StateHeader Header, StateRecord[] Records) Random(Random random, int scale)
    {
        long Number() => random.Next(6) switch { 0 => long.MinValue, 1 => long.MaxValue, 2 => 0, _ => random.NextInt64() };
        string Name() => new([.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => "ab/é\"\\ \n"[random.Next(8)])]);
        ImmutableArray<T> Many<T>(Func<T> one) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => one())];
        var views = Many(() => new StateView(Name(), Many(Name), random.Next(2) == 0 ? null : Number())).Add(new StateView("last", ["x"], null));
        var header = new StateHeader(
            Name(), Number(), new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks), TimeSpan.Zero), Name(), Number(), Many(() => new StateSource(Name(), Name())),
            Many(() => new StatePartition(Name(), random.Next(), Name(), Number(), random.Next(2) == 0 ? null : Name(), Number(), Number(), random.Next(2) == 0 ? null : Number(), random.Next(2) == 0)
            {
                Changes = random.Next(2) == 0 ? null : Name(),
                Images = random.Next(2) == 0 ? null : new StateImages(Name(), Number(), Number()),
            }),
            views, Many(() => new StateSink(Name(), random.Next(2) == 0 ? null : Name())), Enumerable.Range(0, random.Next(4)).ToImmutableSortedDictionary(n => $"c{n}", _ => Number()), random.Next(2) == 0 ? null : Name());
        WindowState Window() => new(random.Next(-1, 5), Number(), random.Next(-1, 9), (ulong)random.NextInt64(), random.Next(2) == 0);
        return (header,
        [
            .. Enumerable.Range(0, random.Next(scale)).Select(_ => new WindowsRecord(random.Next(views.Length), Bytes(random, random.Next(20)), random.Next(2) == 0 ? null : Number(), Many(Window))),
            .. Enumerable.Range(0, random.Next(scale)).Select(_ => new KeyRecord(random.Next(views.Length), Bytes(random, random.Next(300)))),
            .. header.Partitions.IsEmpty ? [] : Enumerable.Range(0, random.Next(scale)).Select(_ => new ImageRecord(random.Next(header.Partitions.Length), Bytes(random, random.Next(20)), Bytes(random, random.Next(200)))),
            .. Enumerable.Range(0, random.Next(scale)).Select(_ => new LedgerRecord((LedgerKind)random.Next(2), Name())),
        ]);
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A text that tells any two apart.</summary>
    private static string Text(object value) => System.Text.Json.JsonSerializer.Serialize(value, value.GetType());
}
