using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Connectors.Tables;

/// <summary>What of a snapshot is being read.</summary>
internal enum TablePhase
{
    /// <summary>All rows of the table as it was at the snapshot: the first one that a pipeline sees.</summary>
    All,

    /// <summary>The rows that the snapshot added.</summary>
    Added,

    /// <summary>Nothing any more: the snapshots that follow are next.</summary>
    Done,
}

/// <summary>How far a table's history has been read; a cursor's state, beside the file and the row in its segment and offset. Written <c>5937117119577207000:added</c>.</summary>
internal readonly record struct TablePosition(long Snapshot, TablePhase Phase)
{
    /// <summary>Reads a cursor's state; null at the beginning.</summary>
    /// <exception cref="StreamForgeException">Corrupt: it is not of a table.</exception>
    public static TablePosition? Parse(string source, string? state)
    {
        if (state is null) return null;
        var colon = state.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && long.TryParse(state.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var snapshot))
        {
            foreach (var phase in Enum.GetValues<TablePhase>())
            {
                if (Name(phase) == state[(colon + 1)..]) return new TablePosition(snapshot, phase);
            }
        }
        throw new StreamForgeException(ErrorKind.Corrupt, $"the position of the source {source} is '{state}', where one such as 5937117119577207000:{Name(TablePhase.Added)} must be");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Snapshot}:{Name(Phase)}");

    private static string Name(TablePhase phase) => phase switch
    {
        TablePhase.All => "all",
        TablePhase.Added => "added",
        _ => "done",
    };
}
