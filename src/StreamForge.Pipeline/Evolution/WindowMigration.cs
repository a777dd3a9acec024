using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;

namespace StreamForge.Pipeline.Evolution;

/// <summary>
/// What becomes of a view's closing windows under a changed definition: windows are found again by name, those that are gone are left out. Of a window that begins to be emitted, every instance that is
/// open and holds an event is known from then on, so that it is emitted when it ends.
/// </summary>
public sealed class WindowMigration
{
    private readonly ViewLayout _to;
    private readonly int[] _windows;
    private readonly int[] _begun;
    private readonly long _watermark;

    /// <param name="from">The layout whose windows are known.</param>
    /// <param name="to">The changed one.</param>
    /// <param name="emits">Whether any sink takes the windows now.</param>
    /// <param name="begins">Whether none did before.</param>
    /// <param name="watermark">The state's, microseconds: a window that ends after it is open.</param>
    public WindowMigration(ViewLayout from, ViewLayout to, bool emits, bool begins, long watermark)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        (_to, _watermark) = (to, watermark);
        _windows = [.. from.Windows.Select(w => emits ? to.Windows.ToList().FindIndex(n => n.Name == w.Name && n.Closes) : -1)];
        _begun = emits
            ? [.. to.Windows.Index().Where(w => w.Item is { Closes: true, Series: >= 0 } && (begins || from.Windows.All(o => o.Name != w.Item.Name))).Select(static w => w.Index)]
            : [];
    }

    /// <summary>Whether windows have the numbers that they had, so that what is known of them by number stays true.</summary>
    public static bool KeepsNumbers(ViewLayout from, ViewLayout to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return from.Windows.Select(static w => w.Name).SequenceEqual(to.Windows.Select(static w => w.Name));
    }

    /// <summary>Whether any window begins to be emitted.</summary>
    public bool Begins => _begun.Length > 0;

    /// <summary>The number that a window has now; -1 for one that is known no more.</summary>
    public int Of(int window) => _windows[window];

    /// <summary>The open instances of windows that begin to be emitted, ascending by window and start.</summary>
    /// <param name="state">A key's state in the changed layout.</param>
    public IEnumerable<(int Window, long Start)> Begun(byte[] state)
    {
        foreach (var window in _begun)
        {
            foreach (var (start, end) in WindowInstances.All(_to, state, _to.Windows[window]))
            {
                if (end > _watermark) yield return (window, start);
            }
        }
    }
}
