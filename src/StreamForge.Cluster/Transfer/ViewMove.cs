using StreamForge.Cluster.Features;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.States;

namespace StreamForge.Cluster.Transfer;

/// <summary>Moves the keys of one view to a changed definition. One thread at a time.</summary>
/// <param name="after">The header of the moved state.</param>
/// <param name="view">The view's number in it.</param>
/// <param name="layout">The changed layout.</param>
public sealed class ViewMove(StateHeader after, int view, ViewLayout layout, StateMigration states, WindowMigration windows)
{
    /// <summary>Whether what is stored of each key may stay as it is.</summary>
    public bool IsSame { get; init; }

    /// <summary>A key as it is stored under the changed definition.</summary>
    /// <param name="known">What is known of its windows; null when nothing is.</param>
    public (byte[] Content, long NewestEvent, long? Due) Move(KeyRecord key, WindowsRecord? known)
    {
        ArgumentNullException.ThrowIfNull(key);
        var state = states.Migrate(key.State).ToArray();
        var moved = new List<WindowState>();
        foreach (var instance in known?.Windows ?? [])
        {
            if (windows.Of(instance.Window) is >= 0 and var window) moved.Add(instance with { Window = window });
        }
        if (windows.Begins) moved.AddRange(windows.Begun(state).Select(static w => new WindowState(w.Window, w.Start, WindowRevision.New.Number, WindowRevision.New.Digest, IsChanged: true)));
        var record = moved.Count == 0 ? null : new WindowsRecord(view, [], null, [.. moved]);
        var (content, newest) = ClusterState.Stored(after, new KeyRecord(view, state), record);
        var closing = KeyContent.Read(content).Windows;
        closing?.Settle(layout, state);
        return (content, newest, closing?.Due());
    }
}
