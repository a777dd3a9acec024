using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Slices;

/// <summary>
/// A silo's receiver: hands the parts of a batch to their keys and gathers the answers.
/// <para>
/// A key that is active here takes its part at once, from its cell, without a call: the cell is what single activation protects, it decides under its own lock whether it still is the activation, and when it has
/// ended it says so and the key is called. Now and then a key is called all the same (<see cref="Features.FeatureCell"/>), so that its host sees that it is in use. Calls to the others are under way together, a bounded number at a time. One that fails fails the whole batch, after all have been tried; the sender repeats it, and
/// whoever has applied its part has nothing new then.
/// </para>
/// Any thread.
/// </summary>
/// <param name="batcher">Of the same pipeline and silo.</param>
public sealed class SliceReceiver(PipelinePlan plan, ICluster cluster, StateBatcher batcher) : ISliceReceiver
{
    /// <summary>Calls to keys that are under way for one batch at most.</summary>
    private const int CallsAtOnce = 2_000;

    private readonly ImmutableArray<SliceCodec> _codecs = [.. plan.Views.Select(v => new SliceCodec(v))];

    public async ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if ((uint)batch.View >= (uint)_codecs.Length)
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"a slice is for view {batch.View} of {plan.Name}, which has {_codecs.Length}: all silos must run the same definition");
        var slices = _codecs[batch.View].Decode(batch);
        var answers = new Answers();
        var calls = new List<Task<KeyAnswer>>();
        for (var i = 0; i < slices.Count; i++)
        {
            if (batcher.Cells.TryGet(batch.View, slices.Key(i), out var cell) && cell.MayShortcut && cell.TryApply(slices.With(i, cell.Id), out var answer))
            {
                answers.Add(answer);
                continue;
            }
            var slice = slices[i];
            calls.Add(ApplyAsync(slice, cancellation));
            if (calls.Count == CallsAtOnce) await answers.AddAsync(calls);
        }
        await answers.AddAsync(calls);
        return answers.Result();
    }

    public ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => new(batcher.Status);

    public async ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var copies = new byte[]?[keys.Count];
        var calls = new List<(int Index, Task<byte[]?> Call)>();
        for (var i = 0; i < copies.Length; i++)
        {
            if (batcher.Cells.TryGet(keys[i].View, keys[i].Key, out var cell) && cell.MayShortcut && cell.TryRead(out copies[i])) continue;
            calls.Add((i, ReadAsync(keys[i], cancellation)));
            if (calls.Count == CallsAtOnce) await TakeAsync(calls, copies);
        }
        await TakeAsync(calls, copies);
        return copies;
    }

    // What a call throws before it is under way fails like the rest.
    private async Task<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation) => await cluster.Key(slice.Id).ApplyAsync(slice, cancellation);

    private async Task<byte[]?> ReadAsync(KeyId key, CancellationToken cancellation) => await cluster.Key(key).ReadAsync(cancellation);

    private static async ValueTask TakeAsync(List<(int Index, Task<byte[]?> Call)> calls, byte[]?[] copies)
    {
        ExceptionDispatchInfo? failure = null;
        foreach (var (index, call) in calls)
        {
            try
            {
                copies[index] = await call;
            }
            catch (Exception error)
            {
                failure ??= ExceptionDispatchInfo.Capture(error);
            }
        }
        calls.Clear();
        failure?.Throw();
    }

    /// <summary>The answers of a batch's keys.</summary>
    private sealed class Answers
    {
        private readonly List<(SiloId Silo, long Flush)> _flushes = [];
        private ExceptionDispatchInfo? _failure;
        private bool _isBehind;

        public void Add(in KeyAnswer answer)
        {
            _isBehind |= answer.IsBehind;
            if (_flushes.IndexOf((answer.Silo, answer.Flush)) < 0) _flushes.Add((answer.Silo, answer.Flush));
        }

        public async ValueTask AddAsync(List<Task<KeyAnswer>> calls)
        {
            foreach (var call in calls)
            {
                try
                {
                    Add(await call);
                }
                catch (Exception error)
                {
                    _failure ??= ExceptionDispatchInfo.Capture(error);
                }
            }
            calls.Clear();
        }

        /// <exception cref="StreamForgeException">Whatever the first key that failed has said.</exception>
        public SliceAnswer Result()
        {
            _failure?.Throw();
            return new SliceAnswer([.. _flushes], _isBehind);
        }
    }
}
