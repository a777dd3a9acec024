using System.Collections.Frozen;
using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>A reader's views by name, with their documents prepared. A snapshot; a new one is made when the reader's views change.</summary>
internal sealed class ViewCatalog
{
    private readonly FrozenDictionary<string, ViewDocument> _byName;
    private readonly FrozenDictionary<string, ViewDocument>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public ViewCatalog(ImmutableArray<ViewDescription> views)
    {
        Views = views;
        var documents = new Dictionary<string, ViewDocument>(StringComparer.Ordinal);
        foreach (var view in views) documents.TryAdd(view.Name, new ViewDocument(view));
        _byName = documents.ToFrozenDictionary(StringComparer.Ordinal);
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The array that this was made of, for noticing that it changed.</summary>
    public ImmutableArray<ViewDescription> Views { get; }

    /// <exception cref="StreamForgeException">There is no such view; the sentence has the nearest names.</exception>
    public ViewDocument Find(ReadOnlySpan<char> name) => _bySpan.TryGetValue(name, out var document)
        ? document
        : throw new StreamForgeException(ErrorKind.NotFound, $"there is no view '{name}'{NearestNames.Hint(name.ToString(), _byName.Keys)}");
}
