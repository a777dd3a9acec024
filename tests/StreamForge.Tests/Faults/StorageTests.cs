using System.Diagnostics;
using StreamForge.Core;
using StreamForge.Embedded.Storage;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Faults;

/// <summary>A test that needs a small file system of its own; without the right to mount one it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-mount-").FullName;
        if (Tmpfs.TryMount(folder, "64k")) Tmpfs.Unmount(folder);
        else Skip = "a small file system cannot be mounted here; run as root on Linux to take this test";
        Directory.Delete(folder);
    }
}

internal static class Tmpfs
{
    public static bool TryMount(string folder, string size) => OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder);

    public static bool TryGrow(string folder, string size) => Run("mount", "-o", $"remount,size={size}", folder);

    public static bool TryMakeReadOnly(string folder) => Run("mount", "-o", "remount,ro", folder);

    public static void Unmount(string folder) => Run("umount", folder);

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A disk that is full or read-only, and a data directory that somebody else uses: one sentence each, and nothing lost.</summary>
public sealed class StorageTests : IDisposable
{
    private readonly PipelineFolder _folder = new(Workload.Pipeline());
    private readonly byte[] _events = new Workload(5).Next(6000);

    public StorageTests() => _folder.Write("events.json", _events);

    public void Dispose() => _folder.Dispose();

    /// <summary>Sizes at which the ledgers, the sink's files or the state no longer fit.</summary>
    [MountFact]
    public async Task A_full_disk_is_one_sentence_and_after_freeing_space_nothing_is_missing()
    {
        var expected = await Workload.UndisturbedAsync(_events);
        var sentences = new HashSet<string>();
        foreach (var size in new[] { "8k", "40k", "100k", "400k", "500k", "600k" })
        {
            foreach (var place in new[] { "data", "out" })
            {
                using var folder = new PipelineFolder(Workload.Pipeline());
                folder.Write("events.json", _events);
                Directory.CreateDirectory(folder[place]);
                Assert.True(Tmpfs.TryMount(folder[place], size));
                try
                {
                    var error = await Record.ExceptionAsync(() => folder.RunAsync());
                    if (error is null) continue;
                    Assert.Equal(ErrorKind.Exhausted, Assert.IsType<StreamForgeException>(error).Kind);
                    Assert.EndsWith(": the disk is full; free some space and start again", error.Message, StringComparison.Ordinal);
                    sentences.Add(error.Message.Split(folder.Path)[0]);
                    // Space is freed: the same files on a larger disk.
                    Assert.True(Tmpfs.TryGrow(folder[place], "50m"));
                    await folder.RunAsync();
                    Workload.AssertSame(expected, Workload.Outcome(folder));
                }
                finally
                {
                    Tmpfs.Unmount(folder[place]);
                }
            }
        }
        Assert.True(sentences.Count >= 2, string.Join('\n', sentences));
    }

    [MountFact]
    public async Task A_disk_that_becomes_full_later_stops_and_loses_nothing()
    {
        Directory.CreateDirectory(_folder["data"]);
        Assert.True(Tmpfs.TryMount(_folder["data"], "50m"));
        try
        {
            await _folder.RunAsync();
            Fill(_folder["data/filler"]);
            byte[] more = [.. _events, .. new Workload(6).Next(3000)];
            _folder.Write("events.json", more);
            var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
            Assert.Equal(ErrorKind.Exhausted, error.Kind);
            File.Delete(_folder["data/filler"]);
            await _folder.RunAsync();
            Workload.AssertSame(await Workload.UndisturbedAsync(more), Workload.Outcome(_folder));
        }
        finally
        {
            Tmpfs.Unmount(_folder["data"]);
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        Assert.Throws<IOException>(Forever);

        void Forever()
        {
            while (true) file.Write(block);
        }
    }

    [MountFact]
    public void A_read_only_file_system_is_one_sentence()
    {
        Directory.CreateDirectory(_folder["data"]);
        Assert.True(Tmpfs.TryMount(_folder["data"], "1m"));
        try
        {
            Assert.True(Tmpfs.TryMakeReadOnly(_folder["data"]));
            var error = Assert.Throws<StreamForgeException>(() => _folder.Data.Lock());
            Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
            Assert.Equal($"cannot use the data directory {_folder["data"]}: the file system is read-only", error.Message);
        }
        finally
        {
            Tmpfs.Unmount(_folder["data"]);
        }
    }

    [Fact]
    public void A_data_directory_under_a_file_is_one_sentence()
    {
        var data = new DataDirectory(_folder["events.json/data"]);
        var error = Assert.Throws<StreamForgeException>(() => data.Lock());
        Assert.StartsWith($"cannot use the data directory {_folder["events.json/data"]}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_sink_under_a_file_is_one_sentence()
    {
        _folder.Pipeline = Workload.Pipeline().Replace("path: out", "path: events.json/out", StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.StartsWith($"cannot write sink s1 in {_folder["events.json/out"]}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_holder_of_a_data_directory_is_refused_until_the_first_lets_go()
    {
        var held = _folder.Data.Lock();
        var error = Assert.Throws<StreamForgeException>(() => _folder.Data.Lock());
        Assert.Equal((ErrorKind.Busy, true), (error.Kind, error.Retryable));
        Assert.Equal($"the data directory {_folder["data"]} is in use by another streamforge process; stop that one, or choose another folder with --data-dir", error.Message);
        held.Dispose();
        using var again = _folder.Data.Lock();
        Assert.Throws<StreamForgeException>(() => _folder.Data.Lock());
    }

    [Fact]
    public async Task A_ledger_that_was_cut_or_deleted_is_refused_by_name()
    {
        await _folder.RunAsync();
        var late = _folder.Data.Late("case");
        _folder.Write(late, _folder.Bytes(late).AsSpan(0, 100));
        var shorter = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.Equal((ErrorKind.Corrupt, $"the ledger {late} is shorter than the checkpoint records; restore it from a backup, or delete the data directory to start afresh"), (shorter.Kind, shorter.Message));
        File.Delete(late);
        var missing = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
        Assert.StartsWith($"the ledger {late} is missing, but the checkpoint counts ", missing.Message, StringComparison.Ordinal);
    }
}
