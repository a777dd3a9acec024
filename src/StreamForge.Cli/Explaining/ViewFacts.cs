using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cli.Explaining;

/// <summary>What can be told of a view's state before it has any.</summary>
/// <param name="LeastKeyBytes">Of a key with one tile in each series.</param>
/// <param name="MostKeyBytes">Of a key with every tile that can be kept at once, but for those of single moments, of which there are as many as events, and for those of a session that lasts. What distinct and text aggregates keep besides is not in it.</param>
internal sealed record ViewFacts(int TileBytes, long LeastKeyBytes, long MostKeyBytes)
{
    /// <summary>Assumed for a text in a key.</summary>
    private const int TextKeyBytes = 16;

    public static ViewFacts Of(ViewPlan view)
    {
        var layout = view.Layout;
        var key = view.Entity.Sum(e => e.Key.Type.IsVariableLength ? TextKeyBytes : e.Key.Type.Kind == TypeKind.Decimal ? 18 : 9);
        var empty = KeyState.InitialSize(layout, key);
        return new ViewFacts(layout.TileBytes, empty + (long)layout.Series.Length * layout.TileBytes, empty + layout.Series.Where(s => s.Grain == s.Resolution).Sum(Tiles) * layout.TileBytes);
    }

    /// <summary>The most tiles of a series that a key keeps at once, as far as the past goes.</summary>
    public static long Tiles(TileSeries series) => series.Retention / series.Resolution + 1;
}
