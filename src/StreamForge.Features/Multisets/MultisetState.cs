using System.Runtime.InteropServices;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>The slot of a multiset; all zeros when it is empty.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MultisetState
{
    public HeapReference Reference;

    /// <summary>Entries of the first run.</summary>
    public uint Main;

    /// <summary>Entries of the second run.</summary>
    public uint Recent;

    /// <summary>Entries of the first run that count 0.</summary>
    public uint Dead;

    /// <summary>Entries that count below 0.</summary>
    public uint Negative;

    /// <summary>Entries that count more than 0.</summary>
    public readonly uint Positive => Main + Recent - Dead - Negative;
}

/// <summary>One key and how often it is in the multiset; below 0 when it has been taken out more often than it was added.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MultisetEntry<TKey> where TKey : unmanaged
{
    public TKey Key;
    public long Count;
}

/// <summary>Follows <see cref="MultisetState"/> in the slot of a multiset whose keys have text.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TextHeader
{
    /// <summary>Entries that there is room for.</summary>
    public uint Capacity;

    /// <summary>Bytes of the text area handed out.</summary>
    public uint Used;

    /// <summary>Of these, bytes that no entry refers to any more.</summary>
    public uint Garbage;
    public uint Reserved;
}
