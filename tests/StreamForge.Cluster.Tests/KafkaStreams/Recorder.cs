using System.Collections.Concurrent;
using StreamForge.Connectors.Kafka;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Cluster.Tests.KafkaStreams;

/// <summary>What consumers of the suite do with what they are delivered, and what they have taken. Survives their activations. Safe from any thread.</summary>
internal sealed class Recorder
{
    private readonly ConcurrentDictionary<string, List<string>> _taken = new(StringComparer.Ordinal);

    /// <summary>Called with each batch that follows; it is not taken when this fails.</summary>
    public Func<KafkaBatch, Task> OnBatch { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Where consumers begin.</summary>
    public ConcurrentDictionary<string, long> Positions { get; } = new(StringComparer.Ordinal);

    /// <summary>Why topics cannot be read on, as consumers were told.</summary>
    public ConcurrentQueue<string> Failures { get; } = [];

    /// <summary>Batches that did not follow.</summary>
    public int Refused;

    public string[] Taken(string stream)
    {
        var taken = _taken.GetOrAdd(stream, _ => []);
        lock (taken) return [.. taken];
    }

    internal void Take(string stream, KafkaBatch batch)
    {
        var records = KafkaRecords.Deserialize(batch.Payload.ToArray());
        var taken = _taken.GetOrAdd(stream, _ => []);
        lock (taken)
        {
            for (var i = 0; i < records.Count; i++) taken.Add(System.Text.Encoding.UTF8.GetString(records.Value(i)));
        }
        Positions[stream] = batch.Next;
    }
}

internal interface IRecordingGrain : IGrainWithStringKey
{
    Task RewindAsync(long position);
}

/// <summary>A consumer that takes only what follows, and asks for what it lacks: as a partition does, without anything behind it.</summary>
[ImplicitStreamSubscription(Provider)]
internal sealed class RecordingGrain : IGrainBase, IRecordingGrain
{
    /// <summary>The provider and the namespace of the suite's streams.</summary>
    public const string Provider = "recorded";

    private readonly Recorder _recorder;
    private readonly StreamSubscription _subscription;
    private readonly string _stream;

    public RecordingGrain(IGrainContext context, Recorder recorder)
    {
        GrainContext = context;
        _recorder = recorder;
        _stream = context.GrainId.Key.ToString()!;
        _subscription = new StreamSubscription(context, Provider, StreamId.Create(Provider, _stream), TakeAsync);
    }

    public IGrainContext GrainContext { get; }

    private long Position => _recorder.Positions.GetOrAdd(_stream, 0);

    public async Task OnActivateAsync(CancellationToken token)
    {
        await _subscription.AttachAsync();
        await _subscription.RewindAsync(Position);
    }

    public async Task RewindAsync(long position)
    {
        _recorder.Positions[_stream] = position;
        await _subscription.RewindAsync(position);
    }

    private async Task TakeAsync(KafkaBatch batch)
    {
        if (batch.Failure is { } failure) _recorder.Failures.Enqueue(failure);
        if (batch.From != Position)
        {
            Interlocked.Increment(ref _recorder.Refused);
            await _subscription.RewindAsync(Position);
            return;
        }
        if (batch.IsMark) return;
        await _recorder.OnBatch(batch);
        _recorder.Take(_stream, batch);
    }
}
