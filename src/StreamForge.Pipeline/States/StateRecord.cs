using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.States;

/// <summary>One of the many parts of a state file, after its header.</summary>
public abstract record StateRecord;

/// <summary>What is known of a key's closing windows.</summary>
/// <param name="View">The view's number in the header.</param>
/// <param name="Key">The canonical key.</param>
/// <param name="Due">When the first of them that has changed ends, microseconds; null when none has.</param>
public sealed record WindowsRecord(int View, byte[] Key, long? Due, ImmutableArray<WindowState> Windows) : StateRecord;

/// <summary>An instance of a window.</summary>
/// <param name="Window">The window's number in the view.</param>
/// <param name="Start">Microseconds.</param>
/// <param name="Revision">The last one that was emitted; -1 before the first.</param>
/// <param name="Digest">Of the values that were emitted with it.</param>
/// <param name="IsChanged">Whether an event has come since.</param>
public readonly record struct WindowState(int Window, long Start, int Revision, ulong Digest, bool IsChanged);

/// <summary>A key's state.</summary>
/// <param name="View">The view's number in the header.</param>
/// <param name="State">As the key's state lays itself out; it holds the key.</param>
public sealed record KeyRecord(int View, byte[] State) : StateRecord;

/// <summary>The last image of a row of a changelog.</summary>
/// <param name="Partition">The partition's number in the header.</param>
/// <param name="Key">The canonical primary key.</param>
/// <param name="Image">As <see cref="Changes.ImageCodec"/> writes it, of the columns that the partition names.</param>
public sealed record ImageRecord(int Partition, byte[] Key, byte[] Image) : StateRecord;

/// <summary>An entry of a ledger.</summary>
/// <param name="Json">One line.</param>
public sealed record LedgerRecord(LedgerKind Ledger, string Json) : StateRecord;

/// <summary>How many of each a state file holds; its last block.</summary>
public readonly record struct StateCounts(long Keys, long Windows, long DeadLetters, long Late, long Images = 0)
{
    internal StateCounts Plus(StateRecord record) => record switch
    {
        KeyRecord => this with { Keys = Keys + 1 },
        WindowsRecord => this with { Windows = Windows + 1 },
        ImageRecord => this with { Images = Images + 1 },
        LedgerRecord { Ledger: LedgerKind.Late } => this with { Late = Late + 1 },
        _ => this with { DeadLetters = DeadLetters + 1 },
    };
}
