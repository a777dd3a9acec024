namespace StreamForge.Embedded.Shards;

/// <summary>
/// Regions of one size. While a snapshot expects the page, whoever comes first — the writer about to change it, or the snapshot's reader — claims it
/// and copies it; the other waits for that copy, which takes microseconds.
/// </summary>
internal sealed class Page
{
    private const int Saved = 0;
    private const int Expected = 1;
    private const int Claimed = 2;

    private volatile SlabSnapshot? _snapshot;
    private int _state;

    public Page(int sizeClass)
    {
        SizeClass = sizeClass;
        RegionBytes = SizeClasses.Size(sizeClass);
        Regions = Math.Clamp(Slab.PageBytes / RegionBytes, 1, 1 << 12);
        Data = new byte[Regions * RegionBytes];
    }

    public int SizeClass { get; }

    public int RegionBytes { get; }

    /// <summary>How many regions fit.</summary>
    public int Regions { get; }

    /// <summary>How many were ever handed out.</summary>
    public int Used { get; set; }

    public byte[] Data { get; }

    /// <summary>A snapshot wants this page as it is now. Called by the writing thread.</summary>
    public void Expect(SlabSnapshot snapshot)
    {
        _snapshot = snapshot;
        Volatile.Write(ref _state, Expected);
    }

    /// <summary>Called by the writing thread before it changes the page.</summary>
    public void BeforeWrite()
    {
        if (Volatile.Read(ref _state) == Saved) return;
        if (TryClaim())
        {
            var snapshot = _snapshot!;
            snapshot.WaitForRoom();
            snapshot.Keep(PageCopy.Of(this));
            Release();
            return;
        }
        var spin = default(SpinWait);
        while (Volatile.Read(ref _state) != Saved) spin.SpinOnce();
    }

    /// <summary>Called by the snapshot's reader; null when the writer has kept a copy already, or is just keeping one.</summary>
    public PageCopy? Save()
    {
        if (!TryClaim()) return null;
        var copy = PageCopy.Of(this);
        Release();
        return copy;
    }

    private bool TryClaim() => Interlocked.CompareExchange(ref _state, Claimed, Expected) == Expected;

    private void Release()
    {
        _snapshot = null;
        Volatile.Write(ref _state, Saved);
    }
}
