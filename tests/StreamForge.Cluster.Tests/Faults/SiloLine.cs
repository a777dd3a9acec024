using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Testing.Cluster.Storage;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>
/// All that one silo can change outside its memory: storage and tables, over a line that is cut when the silo crashes. A silo of a test shares the process with the others and is stopped piece by piece; with its line cut first,
/// nothing that it still does has an effect, as if it had been killed at one instruction. That may be a chosen one: before a write, or after it with its answer lost. Safe from any thread.
/// </summary>
internal sealed class SiloLine(IPipelineStorage storage) : StorageLine(storage)
{
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Moment? _moment;
    private int _writes;

    private sealed record Moment(int Write, bool TakesEffect);

    /// <summary>Completes when the line is cut.</summary>
    public Task Down => _cut.Task;

    /// <summary>Writes that the silo has begun.</summary>
    public int Writes => Volatile.Read(ref _writes);

    public void Cut() => _cut.TrySetResult();

    /// <summary>Cuts at the n-th write from now on.</summary>
    /// <param name="takesEffect">Whether that write still happens, so that only its answer is lost.</param>
    public void CutAtWrite(int number, bool takesEffect) => _moment = new Moment(Writes + number, takesEffect);

    /// <summary>A sink of this silo.</summary>
    public ISink Over(ISink sink) => new CutSink(this, sink);

    protected override async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        Check();
        var answer = await read();
        Check();
        return answer;
    }

    protected override async ValueTask<T> WriteAsync<T>(Func<ValueTask<T>> write)
    {
        Check();
        if (Interlocked.Increment(ref _writes) == _moment?.Write)
        {
            if (_moment.TakesEffect) await write();
            Cut();
        }
        return await ReadAsync(write);
    }

    private void Check()
    {
        if (_cut.Task.IsCompleted) throw new StreamForgeException(ErrorKind.Unavailable, "this silo has crashed", retryable: true);
    }

    private sealed class CutSink(SiloLine line, ISink sink) : ISink
    {
        public string Name => sink.Name;

        public bool HasUncommitted => sink.HasUncommitted;

        public bool IsCommitDue => sink.IsCommitDue;

        public ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation) => DoAsync(() => sink.RecoverAsync(pending, fresh, cancellation));

        public ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation) => DoAsync(() => sink.WriteAsync(batch, cancellation));

        public ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation) => line.WriteAsync(() => sink.PrepareAsync(request, cancellation));

        public ValueTask CommitAsync(string pending, CancellationToken cancellation) => DoAsync(() => sink.CommitAsync(pending, cancellation));

        public ValueTask DisposeAsync() => sink.DisposeAsync();

        private async ValueTask DoAsync(Func<ValueTask> write) => await line.WriteAsync(async () =>
        {
            await write();
            return true;
        });
    }
}
