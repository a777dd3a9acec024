using StreamForge.Core;

namespace StreamForge.ObjectStores.Local;

/// <summary>
/// <c>file:///</c> locations and the paths they name.
/// <para>
/// The path is taken and given as it stands, with blanks, umlauts and percent signs: table formats treat locations as names, not as encoded URIs
/// (a partition's folder is really called <c>city=S%C3%A3o</c>), and a reader that decodes does not find what a reader that does not has written.
/// So does every Iceberg implementation seen. Only when an object to be read is not there under its name is the decoded name tried, for writers that did encode.
/// </para>
/// </summary>
public static class LocalPath
{
    private const string Scheme = "file:";

    /// <summary>The location of a path: <c>file:///data/lake</c>, or <c>file:///C:/data/lake</c>.</summary>
    public static string ToLocation(string path)
    {
        path = Path.GetFullPath(path).Replace(Path.DirectorySeparatorChar, '/');
        return path.StartsWith('/') ? $"{Scheme}//{path}" : $"{Scheme}///{path}";
    }

    /// <summary>The path that a location names, in the forms <c>file:///path</c>, <c>file://localhost/path</c> and <c>file:/path</c>.</summary>
    /// <exception cref="StreamForgeException">InvalidArgument for another scheme, another host or a path that is not absolute.</exception>
    public static string FromLocation(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        if (!location.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) throw Wrong(location);
        var rest = location.AsSpan(Scheme.Length);
        if (rest.StartsWith("//"))
        {
            rest = rest[2..];
            if (rest.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase)) rest = rest["localhost".Length..];
        }
        if (rest is not ['/', ..] || rest.Contains('\0')) throw Wrong(location);
        foreach (var part in rest.Split('/'))
        {
            if (rest[part] is "..") throw Wrong(location);
        }
        if (OperatingSystem.IsWindows() && rest is [_, _, ':', ..]) rest = rest[1..];
        return rest.ToString();
    }

    private static StreamForgeException Wrong(string location) =>
        new(ErrorKind.InvalidArgument, $"the location {location} is no file on this machine; it would be file:/// and an absolute path without '..'");
}
