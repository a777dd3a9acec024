namespace StreamForge.Iceberg.Scans;

/// <summary>
/// Where a table's files are now. A table's metadata records absolute locations; when the table was moved or copied, what lies below its recorded location is looked for below the folder in which its metadata
/// was found. Recorded locations may also be relative, bare paths, or of a scheme that this machine does not reach: then the part below the folder of the table's name is what counts.
/// </summary>
public sealed class TableLocations
{
    private readonly string _root;
    private readonly string _recorded;
    private readonly string _name;

    /// <param name="recorded">The location that the metadata names.</param>
    /// <param name="metadataLocation">Where the metadata file was found.</param>
    public TableLocations(string recorded, string metadataLocation)
    {
        var folder = metadataLocation[..Math.Max(0, metadataLocation.LastIndexOf('/'))];
        _root = folder.EndsWith("/metadata", StringComparison.Ordinal) ? folder[..^"/metadata".Length] : folder;
        _recorded = Normal(recorded).TrimEnd('/');
        _name = _recorded[(_recorded.LastIndexOf('/') + 1)..];
    }

    /// <summary>Where the object recorded as <paramref name="location"/> is.</summary>
    public string Resolve(string location)
    {
        var normal = Normal(location);
        if (normal.StartsWith(_recorded + "/", StringComparison.Ordinal)) return _root + normal[_recorded.Length..];
        if (normal.Contains("://", StringComparison.Ordinal) && SameScheme(normal, _root)) return normal;
        var at = normal.LastIndexOf($"/{_name}/", StringComparison.Ordinal);
        if (at >= 0) return _root + normal[(at + 1 + _name.Length)..];
        return normal.Contains("://", StringComparison.Ordinal) ? normal : $"{_root}/{normal}";
    }

    private static bool SameScheme(string a, string b) => a[..a.IndexOf(':', StringComparison.Ordinal)] == b[..Math.Max(0, b.IndexOf(':', StringComparison.Ordinal))];

    /// <summary><c>file:/x</c> and <c>/x</c> are <c>file:///x</c>; s3a and s3n are s3.</summary>
    private static string Normal(string location)
    {
        if (location.StartsWith("file:/", StringComparison.Ordinal)) return "file:///" + location["file:".Length..].TrimStart('/');
        if (location.StartsWith("s3a://", StringComparison.Ordinal) || location.StartsWith("s3n://", StringComparison.Ordinal)) return "s3" + location[3..];
        return location.StartsWith('/') ? "file://" + location : location;
    }
}
