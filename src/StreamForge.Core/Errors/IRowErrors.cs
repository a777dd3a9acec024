namespace StreamForge.Core;

/// <summary>
/// Where vectorised code reports that a row failed. The row's value is then null, the computation goes on for the others,
/// and the caller turns the row into a dead letter. Called on the computing thread.
/// </summary>
public interface IRowErrors
{
    /// <summary>Reports that row <paramref name="row"/> of the batch being evaluated failed. A row may be reported several times; the first reason counts.</summary>
    void Report(int row, string reason);
}

/// <summary>Keeps the first reason of each failing row.</summary>
public sealed class RowErrors : IRowErrors
{
    private readonly Dictionary<int, string> _reasons = [];

    public IReadOnlyDictionary<int, string> Reasons => _reasons;

    public bool Any => _reasons.Count > 0;

    public void Report(int row, string reason) => _reasons.TryAdd(row, reason);

    public void Clear() => _reasons.Clear();
}
