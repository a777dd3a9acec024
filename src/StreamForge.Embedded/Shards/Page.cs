using System.Numerics;
using StreamForge.Features.KeyState;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// Regions of one size, and two bits for each: whether it has been written since the last snapshot began, and whether a snapshot has yet to save it. The first is the writing thread's; the second is
/// changed under the snapshot's lock (<see cref="SlabSnapshot"/>), by the writing thread before it changes the region and by the snapshot's reader.
/// </summary>
internal sealed class Page
{
    private const int WordBits = 64;

    private volatile SlabSnapshot? _snapshot;
    private ulong[] _written;
    private ulong[] _expected;

    public Page(int sizeClass)
    {
        SizeClass = sizeClass;
        RegionBytes = SizeClasses.Size(sizeClass);
        Regions = Math.Clamp(Slab.PageBytes / RegionBytes, 1, 1 << 12);
        Data = new byte[Regions * RegionBytes];
        _written = new ulong[(Regions + WordBits - 1) / WordBits];
        _expected = new ulong[_written.Length];
    }

    public int SizeClass { get; }

    public int RegionBytes { get; }

    /// <summary>How many regions fit.</summary>
    public int Regions { get; }

    /// <summary>How many were ever handed out.</summary>
    public int Used { get; set; }

    public byte[] Data { get; }

    /// <summary>How many times <see cref="SaveWord"/> is called for a page.</summary>
    public int Words => _expected.Length;

    /// <summary>Called by the writing thread before it changes a region.</summary>
    public void BeforeWrite(int region)
    {
        _snapshot?.Keep(this, region);
        _written[region / WordBits] |= 1UL << region;
    }

    /// <summary>What has been written so far counts as saved. Called by the writing thread, without a snapshot.</summary>
    public void Forget() => Array.Clear(_written);

    /// <summary>A snapshot wants the regions as they are now. Called by the writing thread when the snapshot before is complete.</summary>
    /// <param name="all">Every region that was handed out, instead of those that were written since the last snapshot began.</param>
    /// <returns>false when there are none.</returns>
    public bool Expect(SlabSnapshot snapshot, bool all)
    {
        (_written, _expected) = (_expected, _written);
        if (all)
        {
            for (var word = 0; word < _expected.Length; word++)
            {
                var regions = Math.Clamp(Used - word * WordBits, 0, WordBits);
                _expected[word] = regions == WordBits ? ulong.MaxValue : (1UL << regions) - 1;
            }
        }
        if (_expected.AsSpan().IndexOfAnyExcept(0UL) < 0) return false;
        _snapshot = snapshot;
        return true;
    }

    /// <summary>Whether the snapshot has yet to save a region. Under its lock.</summary>
    public bool Expects(int region) => (_expected[region / WordBits] >> region & 1) != 0;

    /// <summary>The snapshot has the region. Under its lock.</summary>
    public void Saved(int region) => _expected[region / WordBits] &= ~(1UL << region);

    /// <summary>Saves the regions of one word of bits that the snapshot has yet to save. Under its lock.</summary>
    public void SaveWord(int word, StateBuffer into)
    {
        for (var left = _expected[word]; left != 0; left &= left - 1)
        {
            var state = State(word * WordBits + BitOperations.TrailingZeroCount(left));
            if (!state.IsEmpty) into.Add(state);
        }
        _expected[word] = 0;
        if (word == _expected.Length - 1) _snapshot = null;
    }

    /// <summary>The state in a region, exactly its bytes in use; empty when the region is free.</summary>
    public ReadOnlySpan<byte> State(int region)
    {
        var state = Data.AsSpan(region * RegionBytes + Slab.VersionBytes, RegionBytes - Slab.VersionBytes);
        return state[..KeyState.UsedBytes(state)];
    }
}
