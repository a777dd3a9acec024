using StreamForge.Embedded.Checkpoints;
using StreamForge.Features.Windows;

namespace StreamForge.Embedded.Transfer;

/// <summary>
/// Which file of a checkpoint has the newest word of a key. The first file names every key once, so only the keys of the others are remembered. A checkpoint is read once to note them and a second time to take
/// each key's latest state.
/// </summary>
internal sealed class LatestStates
{
    private readonly Dictionary<int, Dictionary<byte[], int>> _views = [];
    private int _part;

    /// <summary>The records that follow are of this file.</summary>
    public void Begin(int part) => _part = part;

    /// <summary>Notes a state or a removal.</summary>
    public void Note(int view, StateRecordKind kind, ReadOnlySpan<byte> bytes)
    {
        if (_part == 0) return;
        if (!_views.TryGetValue(view, out var keys)) _views.Add(view, keys = new(KeyBytes.Instance));
        keys.GetAlternateLookup<ReadOnlySpan<byte>>()[kind == StateRecordKind.Removed ? bytes : Features.KeyState.KeyState.KeyOf(bytes)] = _part;
    }

    /// <summary>Whether no later file knows better. A key that comes again after its removal stands behind it in the same file.</summary>
    public bool IsLatest(int view, ReadOnlySpan<byte> state) =>
        !_views.TryGetValue(view, out var keys) || !keys.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(Features.KeyState.KeyState.KeyOf(state), out var part) || part == _part;
}
