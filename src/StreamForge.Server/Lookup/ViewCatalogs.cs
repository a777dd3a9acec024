using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The catalog of a reader's present views. Safe from any thread: two that notice a change at once make the same catalog.</summary>
internal sealed class ViewCatalogs(IFeatureReader reader)
{
    private volatile ViewCatalog _current = new(reader.Views);

    public ViewCatalog Current
    {
        get
        {
            var current = _current;
            if (current.Views == reader.Views) return current;
            return _current = new ViewCatalog(reader.Views);
        }
    }
}
