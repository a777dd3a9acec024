using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamForge.Connectors.Clickstream;
using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>
/// Writes a clickstream to a topic, a record an event: what <c>emit clickstream --to kafka://…</c> does. The key is the user's id, so that a user's events stay in order; keys go to partitions as Kafka's own clients send them. Records are
/// batched, acknowledged by all replicas and written once each, in order, also where the client has to try again. A topic that is not there is the broker's to make, or not.
/// </summary>
public static class KafkaEmitter
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DeliverWithin = TimeSpan.FromSeconds(60);

    /// <summary>Writes events from the first on, and returns when the broker has them.</summary>
    /// <param name="events">How many, or null for no end.</param>
    /// <param name="paced">Whether events are written at the options' rate, instead of as fast as the broker takes them.</param>
    /// <param name="progress">Called with the events and bytes handed over so far; or null.</param>
    /// <returns>Events and bytes written.</returns>
    /// <exception cref="StreamForgeException">Unavailable when no broker answers within 10 s, or a record is not taken within 60 s.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was handed over has been written.</exception>
    public static async Task<(long Events, long Bytes)> EmitAsync(
        ClickstreamOptions options, long? events, bool paced, KafkaTarget target, TimeProvider clock, Action<long, long>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(target);
        KafkaLibrary.Require();
        var delivery = new Delivery(target);
        using var producer = new ProducerBuilder<byte[], byte[]>(Settings(target)).SetErrorHandler((_, error) => delivery.Heard(error)).SetLogHandler((_, _) => { }).Build();
        await Task.Run(() => delivery.AskFor(producer), cancellation);
        var generator = new ClickstreamGenerator(options);
        var line = new byte[ClickstreamGenerator.MaxLineBytes];
        var end = events ?? long.MaxValue;
        var bytes = 0L;
        var started = clock.GetTimestamp();
        try
        {
            while (generator.Sequence < end)
            {
                cancellation.ThrowIfCancellationRequested();
                var due = paced ? Math.Min(end, (long)(clock.GetElapsedTime(started).TotalMicroseconds / options.Interval)) : Math.Min(end, generator.Sequence + 1000);
                if (due <= generator.Sequence) await Task.Delay(Beat, clock, cancellation);
                while (generator.Sequence < due)
                {
                    var length = generator.WriteNext(line) - 1;
                    var message = new Message<byte[], byte[]> { Key = Key(generator.LastUser), Value = line[..length] };
                    while (!delivery.TryHand(producer, message)) await Task.Delay(Beat, clock, CancellationToken.None);
                    bytes += length;
                }
                progress?.Invoke(generator.Sequence, bytes);
            }
        }
        finally
        {
            await Task.Run(() => producer.Flush(DeliverWithin + AnswerWithin), CancellationToken.None);
        }
        delivery.Check();
        return (generator.Sequence, bytes);
    }

    private static ProducerConfig Settings(KafkaTarget target) => new()
    {
        BootstrapServers = target.Brokers,
        ClientId = "streamforge",
        Acks = Acks.All,
        EnableIdempotence = true,
        Partitioner = Partitioner.Murmur2Random,
        LingerMs = 20,
        BatchSize = 256 * 1024,
        MessageTimeoutMs = (int)DeliverWithin.TotalMilliseconds,
        DeliveryReportFields = "none",
        ReconnectBackoffMaxMs = 1_000,
    };

    private static byte[] Key(int user) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"u-{user}"));

    /// <summary>Whether what was handed over has arrived. The client reports on a thread of its own.</summary>
    private sealed class Delivery
    {
        private readonly KafkaTarget _target;
        private readonly Action<DeliveryReport<byte[], byte[]>> _report;
        private volatile string? _failure;
        private volatile string? _heard;

        public Delivery(KafkaTarget target)
        {
            _target = target;
            _report = report =>
            {
                if (report.Error.IsError) _failure ??= report.Error.Reason;
            };
        }

        public void Heard(Error error)
        {
            _heard = error.Reason;
            if (error.IsFatal) _failure ??= error.Reason;
        }

        /// <summary>Waits for a broker, which may make the topic on being asked.</summary>
        public void AskFor(IProducer<byte[], byte[]> producer)
        {
            try
            {
                using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
                admin.GetMetadata(_target.Topic, AnswerWithin);
            }
            catch (KafkaException error)
            {
                throw new StreamForgeException(
                    ErrorKind.Unavailable, $"{_target}: Kafka does not answer within {AnswerWithin.TotalSeconds:0} s ({_heard ?? error.Error.Reason}); start it, or correct the address", retryable: true, error);
            }
        }

        /// <summary>Hands a record to the client; false while it holds too many.</summary>
        public bool TryHand(IProducer<byte[], byte[]> producer, Message<byte[], byte[]> message)
        {
            Check();
            try
            {
                producer.Produce(_target.Topic, message, _report);
                return true;
            }
            catch (ProduceException<byte[], byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                return false;
            }
            catch (ProduceException<byte[], byte[]> error)
            {
                throw Lost(error.Error.Reason);
            }
        }

        public void Check()
        {
            if (_failure is { } failure) throw Lost(failure);
        }

        private StreamForgeException Lost(string reason) =>
            new(ErrorKind.Unavailable, $"{_target}: a record could not be written ({reason}{(_heard is { } heard && heard != reason ? $"; {heard}" : "")}); see that the topic exists and its broker runs", retryable: true);
    }
}
