using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamForge.Features.Multisets;

/// <summary>A multiset as it stands, to be read: its two runs, each ascending, and the text area of its keys. Only entries that count more than 0 are walked over.</summary>
public readonly ref struct MultisetView<TKey> where TKey : unmanaged, IMultisetKey<TKey>
{
    public MultisetView(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        ref readonly var state = ref MemoryMarshal.AsRef<MultisetState>(slot);
        var block = state.Reference.In(heap);
        if (block.IsEmpty) return;
        var text = TKey.HasText ? (int)MemoryMarshal.AsRef<TextHeader>(slot[Unsafe.SizeOf<MultisetState>()..]).Capacity * Unsafe.SizeOf<MultisetEntry<TKey>>() : block.Length;
        var entries = MemoryMarshal.Cast<byte, MultisetEntry<TKey>>(block[..text]);
        Main = entries[..(int)state.Main];
        Recent = entries.Slice((int)state.Main, (int)state.Recent);
        Text = block[text..];
    }

    public ReadOnlySpan<MultisetEntry<TKey>> Main { get; }

    public ReadOnlySpan<MultisetEntry<TKey>> Recent { get; }

    public ReadOnlySpan<byte> Text { get; }

    /// <summary>How often a key is in it.</summary>
    /// <param name="text">The area that the key's text stands in.</param>
    public long CountOf(in TKey key, ReadOnlySpan<byte> text)
    {
        var at = Search(Main, Text, key, text);
        if (at >= 0) return Main[at].Count;
        at = Search(Recent, Text, key, text);
        return at >= 0 ? Recent[at].Count : 0;
    }

    /// <returns>The entry's index, or the complement of where it belongs.</returns>
    internal static int Search(ReadOnlySpan<MultisetEntry<TKey>> run, ReadOnlySpan<byte> textOfRun, in TKey key, ReadOnlySpan<byte> text)
    {
        int low = 0, high = run.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = TKey.Compare(run[middle].Key, textOfRun, key, text);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    /// <summary>Walks from the least key up.</summary>
    public Walk Ascending => new(this, 0, 0, 1);

    /// <summary>Walks from the greatest key down.</summary>
    public Walk Descending => new(this, Main.Length - 1, Recent.Length - 1, -1);

    /// <summary>A walk over both runs in order.</summary>
    public ref struct Walk
    {
        private readonly MultisetView<TKey> _set;
        private readonly int _step;
        private int _main;
        private int _recent;

        internal Walk(MultisetView<TKey> set, int main, int recent, int step)
        {
            _set = set;
            _main = main;
            _recent = recent;
            _step = step;
        }

        /// <summary>The entry that the walk has come to.</summary>
        public MultisetEntry<TKey> Current { get; private set; }

        public bool MoveNext()
        {
            while (true)
            {
                var inMain = (uint)_main < (uint)_set.Main.Length;
                var inRecent = (uint)_recent < (uint)_set.Recent.Length;
                if (!inMain && !inRecent) return false;
                if (inMain && inRecent)
                    inMain = TKey.Compare(_set.Main[_main].Key, _set.Text, _set.Recent[_recent].Key, _set.Text) * _step < 0;
                Current = inMain ? _set.Main[_main] : _set.Recent[_recent];
                if (inMain) _main += _step;
                else _recent += _step;
                if (Current.Count > 0) return true;
            }
        }
    }
}
