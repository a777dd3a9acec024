using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Images;

namespace StreamForge.Tests.Changes;

/// <summary>Image logs over files that fail: whatever instant a process dies at, the images are those of the checkpoint that is continued.</summary>
public class ImageLogTests
{
    private static readonly ImageLogSettings Small = new(Memory: 32 << 10, LeastGarbage: 2 << 10);

    [Fact]
    public void A_log_holds_what_a_dictionary_holds() => ForAny((random, steps) =>
    {
        var files = new UnreliableFiles();
        using var log = ImageLog.Create(files, Small);
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            step(log, model);
            CheckCounts(log, model);
        }
        Assert.Equal(model, Content(log));
        foreach (var key in Keys) Assert.Equal(model.TryGetValue(key, out var expected) ? expected : null, Get(log, key));
    });

    [Fact]
    public void After_a_crash_at_any_write_the_images_are_those_of_the_last_checkpoint() => ForAny((random, steps) =>
    {
        var files = new UnreliableFiles();
        var model = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var published = (Checkpoint: (ImagesCheckpoint?)null, Model: new SortedDictionary<string, string>(StringComparer.Ordinal));
        var log = ImageLog.Create(files, Small);
        files.DieAfter = random.Next(1, 60);
        foreach (var step in steps)
        {
            try
            {
                step(log, model);
                if (random.Next(8) != 0) continue;
                var mark = log.Mark();
                mark.Sync();
                published = (mark.Checkpoint, new SortedDictionary<string, string>(model, StringComparer.Ordinal));
                log.Release(mark.Checkpoint.File);
            }
            catch (CrashException)
            {
                files.Crash(random);
                model = new SortedDictionary<string, string>(published.Model, StringComparer.Ordinal);
                if (published.Checkpoint is { } checkpoint)
                {
                    var opened = ImageLog.TryOpen(files, Small, checkpoint);
                    Assert.NotNull(opened);
                    (log = opened).Continue(checkpoint);
                }
                else log = ImageLog.Create(files, Small);
                Assert.Equal(model, Content(log));
                CheckCounts(log, model);
                files.DieAfter = random.Next(1, 60);
            }
        }
    });

    [Fact]
    public void The_older_of_two_checkpoints_can_be_continued_and_the_newer_is_then_another_course()
    {
        var files = new UnreliableFiles();
        using var log = ImageLog.Create(files, Small);
        log.Put(Bytes("a"), Bytes("1"));
        var older = Publish(log);
        log.Put(Bytes("b"), Bytes("2"));
        var newer = Publish(log);
        using var again = ImageLog.TryOpen(files, Small, older)!;
        again.Continue(older);
        Assert.Equal(["a"], Content(again).Keys);
        again.Put(Bytes("c"), Bytes("3"));
        Publish(again);
        Assert.Null(ImageLog.TryOpen(files, Small, newer));
    }

    [Fact]
    public void Damage_is_noticed_wherever_it_is()
    {
        var files = new UnreliableFiles();
        using var log = ImageLog.Create(files, Small);
        for (var i = 0; i < 5; i++) log.Put(Bytes($"key {i}"), Bytes($"image {i}"));
        log.Remove(Bytes("key 3"));
        var checkpoint = Publish(log);
        for (var at = 0; at < checkpoint.Length; at++)
        {
            var damaged = files.Copy();
            damaged.Flip(checkpoint.File, at);
            Assert.Null(ImageLog.TryOpen(damaged, Small, checkpoint));
        }
        var cut = files.Copy();
        cut.Cut(checkpoint.File, checkpoint.Length - 1);
        Assert.Null(ImageLog.TryOpen(cut, Small, checkpoint));
        var gone = files.Copy();
        gone.Delete(checkpoint.File);
        Assert.Null(ImageLog.TryOpen(gone, Small, checkpoint));
    }

    [Fact]
    public void Images_past_the_bound_are_read_back_from_disk()
    {
        using var folder = new TemporaryFolder();
        var files = new DiskImageFiles(Path.Combine(folder.Path, "images"));
        using var log = ImageLog.Create(files, new ImageLogSettings(Memory: 64 << 10, LeastGarbage: 1 << 20));
        var image = new byte[1000];
        for (var i = 0; i < 5000; i++)
        {
            BitConverter.TryWriteBytes(image, i);
            log.Put(BitConverter.GetBytes(i), image);
        }
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var key = random.Next(5000);
            Assert.True(log.TryGet(BitConverter.GetBytes(key), out var found));
            Assert.Equal(key, BitConverter.ToInt32(found));
        }
        var index = 16L * 16384;
        // Blocks that are not yet written come on top of the bound.
        Assert.InRange(log.MemoryBytes, 1, (64 << 10) + (1 << 20) + (32 << 10) + index);
        var checkpoint = Publish(log);
        Assert.Equal(5000, checkpoint.Rows);
        using var again = ImageLog.TryOpen(files, new ImageLogSettings(64 << 10), checkpoint)!;
        again.Continue(checkpoint);
        Assert.Equal(5000, again.Rows);
        Assert.Equal(log.Bytes, again.Bytes);
    }

    [Fact]
    public void Garbage_is_given_back_once_no_checkpoint_needs_it()
    {
        var files = new UnreliableFiles();
        using var log = ImageLog.Create(files, Small);
        var first = Publish(log);
        for (var i = 0; i < 2000; i++) log.Put(Bytes("key"), Bytes($"image {i}"));
        var second = Publish(log);
        Assert.True(second.File > first.File);
        Assert.Contains(first.File, files.Numbers());
        log.Release(first.File);
        Assert.Contains(first.File, files.Numbers());
        log.Release(second.File);
        Assert.DoesNotContain(first.File, files.Numbers());
        Assert.True(second.Length < 4 * Small.LeastGarbage);
    }

    private static readonly string[] Keys = [.. Enumerable.Range(0, 12).Select(i => new string((char)('a' + i), i % 4 + 1))];

    private static void ForAny(Action<Random, List<Action<ImageLog, SortedDictionary<string, string>>>> check) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var steps = new List<Action<ImageLog, SortedDictionary<string, string>>>();
        for (var i = random.Next(400); i > 0; i--) steps.Add(Step(random));
        check(random, steps);
        return true;
    }));

    private static Action<ImageLog, SortedDictionary<string, string>> Step(Random random)
    {
        var key = Keys[random.Next(Keys.Length)];
        var image = new string('x', random.Next(10) == 0 ? 20_000 : random.Next(200)) + random.Next();
        return random.Next(40) switch
        {
            0 => (log, model) =>
            {
                log.Clear();
                model.Clear();
            }
            ,
            < 10 => (log, model) => Assert.Equal(model.Remove(key), log.Remove(Bytes(key))),
            _ => (log, model) =>
            {
                log.Put(Bytes(key), Bytes(image));
                model[key] = image;
            }
            ,
        };
    }

    private static void CheckCounts(ImageLog log, SortedDictionary<string, string> model)
    {
        Assert.Equal(model.Count, log.Rows);
        Assert.Equal(model.Sum(m => m.Key.Length + m.Value.Length), log.Bytes);
    }

    private static ImagesCheckpoint Publish(ImageLog log)
    {
        var mark = log.Mark();
        mark.Sync();
        return mark.Checkpoint;
    }

    private static string? Get(ImageLog log, string key) => log.TryGet(Bytes(key), out var image) ? Encoding.UTF8.GetString(image) : null;

    private static SortedDictionary<string, string> Content(ImageLog log)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        log.Visit((key, image) => content.Add(Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(image)));
        return content;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("streamforge-images-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}

/// <summary>The process has died.</summary>
internal sealed class CrashException : Exception;

/// <summary>Files in memory of a process that dies after a number of operations. What was not synced may be lost, in part or whole; a write may be torn.</summary>
internal sealed class UnreliableFiles : IImageFiles
{
    private readonly SortedDictionary<long, Content> _files = [];
    private readonly HashSet<long> _named = [];

    private sealed class Content
    {
        public readonly List<byte> Bytes = [];
        public int Synced;
    }

    /// <summary>How many more operations that change something succeed.</summary>
    public int DieAfter { get; set; } = int.MaxValue;

    public IReadOnlyList<long> Numbers() => [.. _files.Keys];

    public IImageFile Open(long number)
    {
        if (!_files.TryGetValue(number, out var content))
        {
            Act();
            _files.Add(number, content = new Content());
        }
        return new OpenFile(this, content);
    }

    public void Delete(long number)
    {
        Act();
        _files.Remove(number);
        _named.Remove(number);
    }

    public void Sync()
    {
        Act();
        _named.UnionWith(_files.Keys);
    }

    private void Act()
    {
        if (DieAfter-- <= 0) throw new CrashException();
    }

    /// <summary>What a process that starts after the crash finds.</summary>
    public void Crash(Random random)
    {
        DieAfter = int.MaxValue;
        foreach (var (number, content) in _files.ToArray())
        {
            if (!_named.Contains(number) && random.Next(2) == 0) _files.Remove(number);
            var kept = content.Synced + random.Next(content.Bytes.Count - content.Synced + 1);
            content.Bytes.RemoveRange(kept, content.Bytes.Count - kept);
            // What was written last may be there in length only.
            for (var i = Math.Max(content.Synced, kept - random.Next(20)); i < kept; i++) content.Bytes[i] = 0;
            content.Synced = content.Bytes.Count;
        }
    }

    public UnreliableFiles Copy()
    {
        var copy = new UnreliableFiles();
        foreach (var (number, content) in _files)
        {
            copy._files.Add(number, new Content());
            copy._files[number].Bytes.AddRange(content.Bytes);
        }
        return copy;
    }

    public void Flip(long number, int at) => _files[number].Bytes[at] ^= 1;

    public void Cut(long number, long length) => _files[number].Bytes.RemoveRange((int)length, _files[number].Bytes.Count - (int)length);

    private sealed class OpenFile(UnreliableFiles files, Content content) : IImageFile
    {
        public long Length => content.Bytes.Count;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (files.DieAfter <= 0)
            {
                // The write that the process dies in gets so far.
                content.Bytes.AddRange(bytes[..(bytes.Length / 2)]);
            }
            files.Act();
            content.Bytes.AddRange(bytes);
        }

        public void Read(long offset, Span<byte> target)
        {
            for (var i = 0; i < target.Length; i++) target[i] = content.Bytes[(int)offset + i];
        }

        public void Truncate(long length)
        {
            files.Act();
            content.Bytes.RemoveRange((int)length, content.Bytes.Count - (int)length);
            content.Synced = Math.Min(content.Synced, content.Bytes.Count);
        }

        public void Sync()
        {
            files.Act();
            content.Synced = content.Bytes.Count;
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
