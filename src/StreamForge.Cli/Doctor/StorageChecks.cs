using System.Diagnostics;
using StreamForge.Embedded.Storage;

namespace StreamForge.Cli.Doctor;

/// <summary>What a data directory lies on. Nothing is left behind; the directory itself is not made.</summary>
internal static class StorageChecks
{
    private const long Tight = 1L << 30;
    private const long TooTight = 100L << 20;
    private const int Syncs = 10;
    private static readonly TimeSpan SlowSync = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether a folder, or the nearest one above it that is there, takes files.</summary>
    public static Finding Writable(string check, string folder)
    {
        var existing = Existing(folder);
        if (InTheWay(folder) is { } file) return new Finding(check, Health.Missing, $"{folder} cannot be made: {file} is a file", "name another folder, with --data-dir or storage.warehouse in the file");
        var probe = Path.Combine(existing, $".streamforge-{Guid.NewGuid():N}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
            return new Finding(check, Health.Ok, $"{folder} is writable{(existing == folder ? "" : " (not there yet)")}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new Finding(check, Health.Missing, $"{folder} cannot be written: {error.Message}", "name a folder that this user may write, with --data-dir or storage.warehouse in the file");
        }
    }

    /// <summary>Whether another process holds the directory's lock.</summary>
    public static Finding Lock(DataDirectory data)
    {
        var file = Path.Combine(data.Path, "LOCK");
        try
        {
            if (File.Exists(file)) new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return new Finding("lock", Health.Ok, "free");
        }
        catch (UnauthorizedAccessException error)
        {
            return new Finding("lock", Health.Missing, $"{file} cannot be opened: {error.Message}", "run as the user whose directory it is, or choose another with --data-dir");
        }
        catch (IOException)
        {
            return new Finding("lock", Health.Warning, $"{data.Path} is in use by a streamforge process", "that one answers questions; to start another, stop it or choose another folder with --data-dir");
        }
    }

    public static Finding Space(DataDirectory data)
    {
        var free = new DriveInfo(Existing(data.Path)).AvailableFreeSpace;
        var detail = $"{free / (double)(1 << 30):N1} GiB free below {Existing(data.Path)}";
        return free >= Tight
            ? new Finding("disk space", Health.Ok, detail)
            : new Finding("disk space", free >= TooTight ? Health.Warning : Health.Missing, detail, "free some, or choose a folder on another disk with --data-dir");
    }

    /// <summary>How long the disk takes to make four kilobytes durable: every checkpoint waits for a few of these.</summary>
    public static Finding Sync(DataDirectory data)
    {
        var probe = Path.Combine(Existing(data.Path), $".streamforge-{Guid.NewGuid():N}");
        try
        {
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            var block = new byte[4096];
            var times = new TimeSpan[Syncs];
            for (var i = 0; i < Syncs; i++)
            {
                var started = Stopwatch.GetTimestamp();
                file.Write(block);
                file.Flush(flushToDisk: true);
                times[i] = Stopwatch.GetElapsedTime(started);
            }
            Array.Sort(times);
            var median = times[Syncs / 2];
            var detail = $"4 KiB are durable after {median.TotalMilliseconds:N2} ms (median of {Syncs})";
            return median <= SlowSync
                ? new Finding("fsync", Health.Ok, detail)
                : new Finding("fsync", Health.Warning, detail, "checkpoints will wait for this disk; a local solid-state disk is faster than a network share");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new Finding("fsync", Health.Missing, $"not measured: {error.Message}", "name a folder that this user may write, with --data-dir");
        }
    }

    /// <summary>The file that stands where the folder, or one above it, should be; null when there is none.</summary>
    private static string? InTheWay(string folder)
    {
        for (var path = Path.GetFullPath(folder); path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path)) return path;
        }
        return null;
    }

    /// <summary>The folder itself or the nearest above it that is there.</summary>
    private static string Existing(string folder)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent) existing = parent;
        return existing;
    }
}
