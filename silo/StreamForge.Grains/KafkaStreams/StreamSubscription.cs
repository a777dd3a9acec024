using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace StreamForge.Grains.KafkaStreams;

/// <summary>A grain's subscription to its stream, which it has by its type (implicit). For use on the grain's scheduler.</summary>
/// <param name="take">Takes a batch or a mark; it is delivered again when this fails.</param>
internal sealed class StreamSubscription(IGrainContext context, string provider, StreamId stream, Func<KafkaBatch, Task> take) : IAsyncObserver<KafkaBatch>
{
    private StreamSubscriptionHandle<KafkaBatch>? _handle;
    private int _number = Random.Shared.Next(int.MinValue / 2, 0);

    /// <summary>How often it was rewound.</summary>
    public int Rewinds { get; private set; }

    /// <summary>Begins to take what is delivered, while the grain is activated. Until the first <see cref="RewindAsync"/> that is marks.</summary>
    public async Task AttachAsync()
    {
        var handles = await context.ActivationServices.GetRequiredKeyedService<IStreamProvider>(provider).GetStream<KafkaBatch>(stream).GetAllSubscriptionHandles();
        _handle = await handles[0].ResumeAsync(this);
    }

    /// <summary>What is delivered next follows a position; one delivery may be under way that does not.</summary>
    public async Task RewindAsync(long position)
    {
        if (_handle is null) throw new InvalidOperationException($"{stream} has not been attached to.");
        Rewinds++;
        // The number makes the token another one than before, so that the agent heeds it though the position be the same.
        _handle = await _handle.ResumeAsync(this, new PositionToken(position, --_number));
    }

    public Task OnNextAsync(KafkaBatch item, StreamSequenceToken? token = null) => take(item);

    /// <summary>The agent has given up a delivery; the next one shows what is missing.</summary>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
