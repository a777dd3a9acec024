using System.Security.Cryptography;
using System.Text;

namespace StreamForge.Testing.Proof;

/// <summary>One hash over the texts of folders, the same on every machine.</summary>
public static class SourceHash
{
    /// <summary>
    /// SHA-256 over lines of <c>hash of a file, two spaces, its path, newline</c>, sorted by path: what <c>sha256sum</c> prints of the files, hashed. Folders that a build makes are left out, and so are files for
    /// which <paramref name="leaveOut"/> holds.
    /// </summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="folders">Relative, with slashes.</param>
    public static string Of(string root, IEnumerable<string> folders, Func<string, bool> leaveOut)
    {
        var paths = folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(root, f), "*", SearchOption.AllDirectories))
            .Select(p => Path.GetRelativePath(root, p).Replace('\\', '/'))
            .Where(p => !p.Split('/').Any(part => part is "bin" or "obj") && !leaveOut(p))
            .Order(StringComparer.Ordinal);
        var lines = new StringBuilder();
        foreach (var path in paths) lines.Append(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, path))))).Append("  ").Append(path).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }
}
