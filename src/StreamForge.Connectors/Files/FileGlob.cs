using System.IO.Enumeration;
using StreamForge.Core;

namespace StreamForge.Connectors.Files;

/// <summary>A file that a source reads.</summary>
/// <param name="Segment">Its path relative to the glob's root, with slashes; files are read in its ordinal order.</param>
/// <param name="Length">Bytes on disk when it was listed.</param>
internal sealed record InputFile(string Segment, string FullPath, long Length);

/// <summary>
/// The files that a path names. <c>*</c> and <c>?</c> stand for characters of one name, <c>**</c> for any folders. The root is the folder before the first
/// name with a wildcard; for a plain path, the file's folder.
/// </summary>
internal sealed class FileGlob
{
    private readonly string[] _names;

    public FileGlob(string path)
    {
        Path = path;
        var full = System.IO.Path.GetFullPath(path);
        if (IsPlain(path) || File.Exists(full))
        {
            Plain = true;
            Root = System.IO.Path.GetDirectoryName(full) ?? full;
            _names = [System.IO.Path.GetFileName(full)];
            return;
        }
        var parts = full.Split(System.IO.Path.DirectorySeparatorChar);
        var first = Array.FindIndex(parts, part => !IsPlain(part));
        Root = first == 1 ? System.IO.Path.GetPathRoot(full)! : string.Join(System.IO.Path.DirectorySeparatorChar, parts[..first]);
        _names = parts[first..];
    }

    /// <summary>As the user wrote it.</summary>
    public string Path { get; }

    /// <summary>Names one file, without wildcards.</summary>
    public bool Plain { get; }

    public string Root { get; }

    /// <summary>The files that are there now, in ordinal order of their segments.</summary>
    public List<InputFile> List()
    {
        var found = new List<InputFile>();
        try
        {
            if (Plain) Add(found, new FileInfo(System.IO.Path.Combine(Root, _names[0])));
            else if (Directory.Exists(Root)) Walk(new DirectoryInfo(Root), 0, found);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StreamForgeException(ErrorKind.PermissionDenied, $"{Path}: the folder may not be listed ({denied.Message})", inner: denied);
        }
        catch (IOException broken)
        {
            throw new StreamForgeException(ErrorKind.Unavailable, $"{Path}: the folder cannot be listed ({broken.Message})", retryable: true, broken);
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Segment, b.Segment));
        for (var i = found.Count - 1; i > 0; i--)
        {
            if (string.Equals(found[i].Segment, found[i - 1].Segment, StringComparison.Ordinal)) found.RemoveAt(i);
        }
        return found;
    }

    private static bool IsPlain(string text) => text.AsSpan().IndexOfAny('*', '?') < 0;

    private void Walk(DirectoryInfo folder, int level, List<InputFile> found)
    {
        var name = _names[level];
        var last = level == _names.Length - 1;
        if (string.Equals(name, "**", StringComparison.Ordinal))
        {
            if (!last) Walk(folder, level + 1, found);
            foreach (var child in folder.EnumerateDirectories()) Walk(child, level, found);
            if (last) foreach (var file in folder.EnumerateFiles()) Add(found, file);
            return;
        }
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (!FileSystemName.MatchesSimpleExpression(name, entry.Name, ignoreCase: false)) continue;
            if (entry is DirectoryInfo child && !last) Walk(child, level + 1, found);
            else if (entry is FileInfo file && last) Add(found, file);
        }
    }

    private void Add(List<InputFile> found, FileInfo file)
    {
        var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        if (target is not { Exists: true, Length: var length }) return;
        found.Add(new InputFile(System.IO.Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'), file.FullName, length));
    }
}
