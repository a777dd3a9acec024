namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>What the readers of a file share: faults, the folder that relative paths start from, and the names declared so far.</summary>
internal sealed class ReadContext(FaultLog faults, string baseDirectory)
{
    private readonly Dictionary<(string Space, string Name), Declared> _declared = [];

    /// <summary>Something with a name.</summary>
    /// <param name="Kind">In words: source, transformation, view, ….</param>
    public readonly record struct Declared(string Kind, string Name, SourceLocation Place);

    public FaultLog Faults { get; } = faults;

    public string BaseDirectory { get; } = baseDirectory;

    /// <summary>Names of sources, transformations and views that were not read well enough to resolve references to them.</summary>
    public HashSet<string> Broken { get; } = new(StringComparer.Ordinal);

    /// <summary>Views whose windows, aggregates or derived features have faults, so that the list of their features is not whole.</summary>
    public HashSet<string> Misnamed { get; } = new(StringComparer.Ordinal);

    /// <summary>Sources, transformations and views, in the order of declaration.</summary>
    public IEnumerable<Declared> Inputs => _declared.Where(d => d.Key.Space == "input").Select(d => d.Value);

    /// <summary>Who reads what, also where the reader itself could not be read whole.</summary>
    public List<Reading> Readings { get; } = [];

    /// <summary>Something that names an input; of things that share a name, only the first.</summary>
    /// <param name="Kind">transformation, view or sink.</param>
    public readonly record struct Reading(string Kind, string Name, LocatedText Input);

    /// <summary>Takes a name for a source, a transformation or a view; false after a fault. A name that two things claim is broken.</summary>
    public bool DeclareInput(string kind, LocatedText name)
    {
        if (Declare("input", kind, name)) return true;
        Broken.Add(name.Value);
        return false;
    }

    /// <summary>Takes a name among its own kind.</summary>
    public bool Declare(string kind, LocatedText name) => Declare(kind, kind, name);

    private bool Declare(string space, string kind, LocatedText name)
    {
        CheckName(kind, name);
        if (_declared.TryAdd((space, name.Value), new Declared(kind, name.Value, name.Location))) return true;
        var first = _declared[(space, name.Value)];
        Faults.Add(name.Location, $"the name '{name.Value}' is already taken by the {first.Kind} at line {first.Place.Line}; give this {kind} another one");
        return false;
    }

    /// <summary>Names become parts of URLs, references (<c>view:feature</c>) and file names.</summary>
    public void CheckName(string kind, LocatedText name)
    {
        const int longest = 128;
        var text = name.Value;
        if (text.Length is > 0 and <= longest && text.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') && text[0] is not ('.' or '-')) return;
        Faults.Add(name.Location, $"{DefinitionText.Quote(text)} cannot name a {kind}; use up to {longest} letters, digits, _, - and ., the first a letter, a digit or _");
    }

    /// <summary>Resolves a path of the local file system against the pipeline file's folder; null after a fault.</summary>
    public string? Resolve(LocatedText path)
    {
        var text = path.Value;
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && !text.StartsWith("file://", StringComparison.Ordinal))
        {
            Faults.Add(path.Location, $"the storage '{text[..scheme]}' is not supported yet; use a path of this machine");
            return null;
        }
        if (scheme > 0) text = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length == 0 ? uri.LocalPath : "";
        if (text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)) return Path.GetFullPath(text, BaseDirectory);
        Faults.Add(path.Location, "this is no path; use one such as data/orders.csv or file:///data/orders.csv");
        return null;
    }
}
