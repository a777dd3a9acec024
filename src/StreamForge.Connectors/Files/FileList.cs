namespace StreamForge.Connectors.Files;

/// <summary>
/// The files of a source as one reader sees them: read in ordinal order, never going back. Files that come later are taken when their names sort after the
/// one being read. What cannot be taken any more (a new file whose name sorts before it, bytes added to a file that was passed) is told once to <c>warn</c>. For one thread,
/// but for <see cref="TotalBytes"/> and <see cref="PassedBytes"/>.
/// </summary>
internal sealed class FileList
{
    private readonly FileGlob _glob;
    private readonly Action<string>? _warn;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _passed = new(StringComparer.Ordinal);
    private List<InputFile> _files;
    private long _totalBytes;
    private long _passedBytes;

    public FileList(FileGlob glob, Action<string>? warn)
    {
        _glob = glob;
        _warn = warn;
        _files = glob.List();
        _known.UnionWith(_files.Select(file => file.Segment));
        _totalBytes = _files.Sum(file => file.Length);
    }

    /// <summary>Bytes on disk of all files.</summary>
    public long TotalBytes => Volatile.Read(ref _totalBytes);

    /// <summary>Bytes on disk of the files that were passed.</summary>
    public long PassedBytes => Volatile.Read(ref _passedBytes);

    /// <summary>The file named <paramref name="segment"/>, or null.</summary>
    public InputFile? Find(string segment) => _files.Find(file => string.Equals(file.Segment, segment, StringComparison.Ordinal));

    /// <summary>The first file after <paramref name="segment"/>; every file comes after null.</summary>
    public InputFile? After(string? segment) => _files.Find(file => segment is null || string.CompareOrdinal(file.Segment, segment) > 0);

    /// <summary>Notes how far reading has come.</summary>
    public void MoveTo(InputFile file)
    {
        var before = 0L;
        foreach (var other in _files)
        {
            if (string.CompareOrdinal(other.Segment, file.Segment) >= 0) break;
            before += other.Length;
            _passed.TryAdd(other.Segment, other.Length);
        }
        Volatile.Write(ref _passedBytes, before);
    }

    /// <summary>Notes the length at which a file was left.</summary>
    public void Leave(string segment, long length)
    {
        _passed[segment] = length;
        Volatile.Write(ref _passedBytes, _passedBytes + length);
    }

    /// <summary>Looks at the folder again while <paramref name="current"/> is being read.</summary>
    public void Refresh(string? current)
    {
        _files = _glob.List();
        Volatile.Write(ref _totalBytes, _files.Sum(file => file.Length));
        foreach (var file in _files)
        {
            var isNew = _known.Add(file.Segment);
            if (current is null || string.CompareOrdinal(file.Segment, current) >= 0) continue;
            if (isNew)
            {
                _passed[file.Segment] = file.Length;
                _warn?.Invoke($"{file.FullPath} is not read: it came after {current}, and files are read in the order of their names");
            }
            else if (_passed.TryGetValue(file.Segment, out var length) && file.Length > length)
            {
                _passed[file.Segment] = long.MaxValue;
                _warn?.Invoke($"{file.FullPath} has grown after it was read to its end at byte {length:N0}; what was added is not read, because {current} was already begun");
            }
        }
    }
}
