using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Waiting;
using StreamForge.Core;

namespace StreamForge.Cluster.Records;

/// <summary>
/// A record that one owner at a time writes, and that owner's view of it.
/// <para>
/// The owner begins by claiming it: a write that changes nothing but version and writer, after which every write of an earlier owner fails. From then on each write names the version that it replaces. A write
/// whose outcome is unknown is settled before anything else is done: the record is read, and version and writer say whether it has happened; where it has not, the same write is made again, so that it does not
/// matter if the first one is still on its way. A write therefore ends in one of three ways: written, lost the fence, or cancelled, after which the record is not used again.
/// </para>
/// One call at a time.
/// </summary>
/// <typeparam name="T">What it holds, as <see cref="RecordJson"/> writes it.</typeparam>
public sealed class FencedRecord<T> where T : class
{
    private const int Claims = 8;

    private readonly IRecordStorage _storage;
    private readonly TimeProvider _clock;
    private readonly Guid _writer;
    private long _version;

    private FencedRecord(IRecordStorage storage, TimeProvider clock, string name, Guid writer, long version, T? content)
    {
        _storage = storage;
        _clock = clock;
        _writer = writer;
        _version = version;
        Name = name;
        Stored = content;
    }

    public string Name { get; }

    /// <summary>What is stored; null in a record that is new and has not been written.</summary>
    public T? Stored { get; private set; }

    /// <summary>Why a write takes long, in one sentence; null while none does.</summary>
    public string? Waiting { get; private set; }

    /// <summary>Loads the record and claims it. A record that is not there yet is only noted as new; its first write claims it.</summary>
    /// <param name="writer">Unique for this activation of the owner.</param>
    /// <exception cref="FenceLostException">Others claim it all the time.</exception>
    public static async ValueTask<FencedRecord<T>> ClaimAsync(IRecordStorage storage, TimeProvider clock, string name, Guid writer, CancellationToken cancellation)
    {
        for (var claim = 0; claim < Claims; claim++)
        {
            var stored = await storage.LoadAsync(name, cancellation);
            if (stored is null) return new FencedRecord<T>(storage, clock, name, writer, 0, null);
            var record = new FencedRecord<T>(storage, clock, name, writer, stored.Version, RecordJson.Deserialize<T>(name, stored.Content));
            // The earlier owner may write in between.
            if (await record.TryWriteAsync(new RecordWrite(name, stored.Version, writer, stored.Content, [], []), cancellation)) return record;
        }
        throw new FenceLostException(name);
    }

    /// <summary>Looks whether the record is still this owner's, who has long had nothing to write and would not find out.</summary>
    /// <exception cref="FenceLostException">Somebody else owns it.</exception>
    /// <exception cref="StreamForgeException">It cannot be read now; retryable.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellation)
    {
        var stored = await _storage.LoadAsync(Name, cancellation);
        if ((stored?.Version ?? 0) != _version || (stored is not null && stored.Writer != _writer)) throw new FenceLostException(Name);
    }

    /// <summary>Replaces the content.</summary>
    /// <exception cref="FenceLostException">Somebody else owns the record; nothing of this has been written.</exception>
    public ValueTask WriteAsync(T content, CancellationToken cancellation) => WriteAsync(content, [], [], null, cancellation);

    /// <summary>Replaces the content, appends to the ledgers, deletes from the outbox and changes the partition's images, in one transaction.</summary>
    /// <exception cref="FenceLostException">Somebody else owns the record; nothing of this has been written.</exception>
    public async ValueTask WriteAsync(T content, IReadOnlyList<LedgerEntry> ledger, IReadOnlyList<long> consumed, ImageChanges? images, CancellationToken cancellation)
    {
        var write = new RecordWrite(Name, _version, _writer, RecordJson.Serialize(content), ledger, consumed) { Images = images };
        if (!await TryWriteAsync(write, cancellation)) throw new FenceLostException(Name);
        Stored = content;
    }

    private async ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation)
    {
        var isSettled = true;
        for (var backoff = default(Backoff); ; backoff = backoff.Next)
        {
            try
            {
                if (!isSettled)
                {
                    var stored = await _storage.LoadAsync(Name, cancellation);
                    if (stored is not null && stored.Writer == _writer && stored.Version == write.Expected + 1) break;
                    if ((stored?.Version ?? 0) != write.Expected) return false;
                }
                var isWritten = await _storage.TryWriteAsync(write, cancellation);
                if (isWritten) break;
                // An earlier attempt at the same write may have been what came first.
                if (isSettled) return false;
            }
            catch (StreamForgeException error) when (error.Retryable)
            {
                isSettled = false;
                Waiting = $"the record {Name} cannot be written now: {error.Message}";
                await backoff.WaitAsync(_clock, cancellation);
            }
        }
        Waiting = null;
        _version = write.Expected + 1;
        return true;
    }
}
