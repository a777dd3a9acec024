namespace StreamForge.Server.Control;

/// <summary>
/// The JSON list of a ledger's entries, <c>{"total": n, "items": […], "next": null}</c>, as <c>late list --json</c> and <c>GET …/late</c> give it. Made piece by piece,
/// because a ledger may be larger than memory.
/// </summary>
public static class LedgerDocument
{
    /// <param name="total">Entries in all.</param>
    /// <param name="items">The entries to show, each a JSON text.</param>
    /// <param name="next">Where the next page begins; null when there is none.</param>
    public static IEnumerable<string> Pieces(long total, IEnumerable<string> items, long? next)
    {
        ArgumentNullException.ThrowIfNull(items);
        yield return $"{{\"total\":{total},\"items\":[";
        var first = true;
        foreach (var item in items)
        {
            if (!first) yield return ",";
            first = false;
            yield return item;
        }
        yield return next is { } cursor ? $"],\"next\":\"{cursor}\"}}" : "],\"next\":null}";
    }
}
