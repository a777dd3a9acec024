using System.Globalization;
using Microsoft.Win32.SafeHandles;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Embedded.Images;

/// <summary>Image files in a folder: <c>images-000000000001.log</c>.</summary>
internal sealed class DiskImageFiles(string folder) : IImageFiles
{
    private const string Prefix = "images-";

    private string PathOf(long number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:D12}.log"));

    public IReadOnlyList<long> Numbers()
    {
        if (!Directory.Exists(folder)) return [];
        var numbers = new List<long>();
        foreach (var file in Directory.EnumerateFiles(folder, Prefix + "*.log"))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) numbers.Add(number);
        }
        return numbers;
    }

    public IImageFile Open(long number)
    {
        DurableFolder.Create(folder);
        return new DiskFile(File.OpenHandle(PathOf(number), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));
    }

    public void Delete(long number) => File.Delete(PathOf(number));

    public void Sync() => DurableFolder.Sync(folder);

    private sealed class DiskFile(SafeFileHandle handle) : IImageFile
    {
        public long Length { get; private set; } = RandomAccess.GetLength(handle);

        public void Append(ReadOnlySpan<byte> bytes)
        {
            RandomAccess.Write(handle, bytes, Length);
            Length += bytes.Length;
        }

        public void Read(long offset, Span<byte> target)
        {
            while (target.Length > 0)
            {
                var read = RandomAccess.Read(handle, target, offset);
                if (read == 0) throw new EndOfStreamException("An image file is shorter than what was written to it.");
                target = target[read..];
                offset += read;
            }
        }

        public void Truncate(long length)
        {
            RandomAccess.SetLength(handle, length);
            Length = length;
        }

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
