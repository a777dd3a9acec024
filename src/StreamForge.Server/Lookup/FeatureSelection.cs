using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>One of the views that a request reads.</summary>
/// <param name="Columns">For each of the view's key columns its place among the request's entity columns.</param>
/// <param name="Echoes">For each of the view's key columns whether this view writes it into the answer: the first view that has a column does.</param>
internal sealed record SelectedView(ViewDocument Document, ImmutableArray<int> Columns, ImmutableArray<bool> Echoes);

/// <summary>One feature of the answer.</summary>
/// <param name="View">Its view's place among the selected views.</param>
/// <param name="Feature">Its place in the view.</param>
/// <param name="Name">Its name in the answer.</param>
internal readonly record struct SelectedFeature(int View, int Feature, JsonEncodedText Name);

/// <summary>
/// What a request reads: references resolved against the views, in the order asked, each feature once. In the answer a feature goes by its plain name
/// when no other feature of the request has that name, else by <c>view:feature</c>.
/// </summary>
internal sealed class FeatureSelection
{
    private FeatureSelection(ImmutableArray<SelectedView> views, ImmutableArray<SelectedFeature> features, ImmutableArray<string> columns)
    {
        Views = views;
        Features = features;
        Columns = columns;
    }

    /// <summary>The views, in order of first mention.</summary>
    public ImmutableArray<SelectedView> Views { get; }

    public ImmutableArray<SelectedFeature> Features { get; }

    /// <summary>The names of all the views' key columns, each once.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <exception cref="StreamForgeException">A reference names no view or no feature; with the nearest names.</exception>
    public static FeatureSelection Resolve(ViewCatalog catalog, IReadOnlyList<string> references)
    {
        var documents = new List<ViewDocument>();
        var chosen = new List<(int View, int Feature)>();
        var seen = new HashSet<(int, int)>();
        for (var i = 0; i < references.Count; i++)
        {
            var (document, feature) = Resolve(catalog, references[i], i);
            var view = documents.IndexOf(document);
            if (view < 0)
            {
                view = documents.Count;
                documents.Add(document);
            }
            var (first, end) = feature < 0 ? (0, document.View.Features.Length) : (feature, feature + 1);
            for (var f = first; f < end; f++)
            {
                if (seen.Add((view, f))) chosen.Add((view, f));
            }
        }
        if (chosen.Count == 0) throw new StreamForgeException(ErrorKind.InvalidArgument, "the request names no features; 'features' takes view:feature or view:*");
        var columns = ImmutableArray.CreateBuilder<string>();
        var views = documents.Select(document => PlaceColumns(document, columns)).ToImmutableArray();
        return new FeatureSelection(views, Name(documents, chosen), columns.ToImmutable());
    }

    private static (ViewDocument Document, int Feature) Resolve(ViewCatalog catalog, string reference, int index)
    {
        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"features[{index}] '{reference}' names no view; write view:feature or view:*");
        var document = catalog.Find(reference.AsSpan(0, colon));
        var name = reference[(colon + 1)..];
        if (name == "*") return (document, -1);
        var feature = document.View.IndexOf(name);
        if (feature >= 0) return (document, feature);
        throw new StreamForgeException(ErrorKind.NotFound,
            $"the view {document.View.Name} has no feature '{name}'{NearestNames.Hint(name, document.View.Features.Select(f => f.Name))}");
    }

    private static SelectedView PlaceColumns(ViewDocument document, ImmutableArray<string>.Builder columns)
    {
        var places = ImmutableArray.CreateBuilder<int>();
        var echoes = ImmutableArray.CreateBuilder<bool>();
        foreach (var field in document.View.Entity)
        {
            var place = columns.IndexOf(field.Name);
            echoes.Add(place < 0);
            if (place < 0)
            {
                place = columns.Count;
                columns.Add(field.Name);
            }
            places.Add(place);
        }
        return new SelectedView(document, places.ToImmutable(), echoes.ToImmutable());
    }

    private static ImmutableArray<SelectedFeature> Name(List<ViewDocument> documents, List<(int View, int Feature)> chosen)
    {
        var uses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (view, feature) in chosen)
        {
            var name = documents[view].View.Features[feature].Name;
            uses[name] = uses.GetValueOrDefault(name) + 1;
        }
        var result = ImmutableArray.CreateBuilder<SelectedFeature>(chosen.Count);
        foreach (var (view, feature) in chosen)
        {
            var name = documents[view].View.Features[feature].Name;
            var encoded = uses[name] == 1 ? documents[view].FeatureName(feature) : JsonValues.Name($"{documents[view].View.Name}:{name}");
            result.Add(new SelectedFeature(view, feature, encoded));
        }
        return result.MoveToImmutable();
    }
}
