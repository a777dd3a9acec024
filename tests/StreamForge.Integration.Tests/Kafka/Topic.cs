using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamForge.Connectors.Kafka;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Integration.Tests.Kafka;

/// <summary>A topic of a test's own, with a unique name, and what the test does to it from outside.</summary>
internal sealed class Topic : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private IProducer<byte[]?, byte[]?> _producer;

    private Topic(string brokers, string name)
    {
        (Brokers, Name) = (brokers, name);
        _producer = Producer();
    }

    /// <summary>The variable that names the brokers for all tests.</summary>
    public const string Need = "KAFKA_BOOTSTRAP";

    public string Brokers { get; }

    public string Name { get; }

    /// <summary>A group that nothing else uses.</summary>
    public string Group => Name + "-group";

    public KafkaSourceOptions Options => new(Brokers, Name, "json", KafkaStart.Earliest) { ConsumerGroup = Group };

    public KafkaConnection Connection => new("clicks", Options);

    /// <param name="brokers">Null for those of <see cref="Need"/>.</param>
    public static async Task<Topic> CreateAsync(int partitions, string? brokers = null)
    {
        Assert.NotNull(KafkaLibrary.Version);
        brokers ??= Environment.GetEnvironmentVariable(Need)!;
        var topic = new Topic(brokers, $"test-{Guid.NewGuid():n}");
        using var admin = topic.Admin();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic.Name, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return topic;
    }

    /// <summary>Writes values to a partition, and returns when the broker has them.</summary>
    /// <param name="millis">The timestamp of the first; each one after it is a second later. Null for now.</param>
    public void Write(int partition, IEnumerable<string?> values, long? millis = null)
    {
        var failures = 0;
        foreach (var value in values)
        {
            var message = new Message<byte[]?, byte[]?> { Value = value is null ? null : Encoding.UTF8.GetBytes(value) };
            if (millis is { } moment) message.Timestamp = new Timestamp(moment, TimestampType.CreateTime);
            millis += 1000;
            _producer.Produce(new TopicPartition(Name, partition), message, report => failures += report.Error.IsError ? 1 : 0);
        }
        Assert.Equal(0, _producer.Flush(Patience));
        Assert.Equal(0, failures);
    }

    /// <summary>Writes records as they were captured, each to its partition.</summary>
    public void Write(IEnumerable<CapturedRecord> records)
    {
        var failures = 0;
        foreach (var record in records)
        {
            var message = new Message<byte[]?, byte[]?> { Key = Bytes(record.Key), Value = Bytes(record.Value), Timestamp = new Timestamp(record.Timestamp, TimestampType.CreateTime) };
            if (record.Headers is { Length: > 0 } headers)
            {
                message.Headers = [];
                foreach (var header in headers) message.Headers.Add(header[0], Bytes(header[1]));
            }
            _producer.Produce(new TopicPartition(Name, record.Partition), message, report => failures += report.Error.IsError ? 1 : 0);
        }
        Assert.Equal(0, _producer.Flush(Patience));
        Assert.Equal(0, failures);

        static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Writes values in one transaction.</summary>
    public void WriteTransaction(int partition, IEnumerable<string> values, bool commit)
    {
        var config = new ProducerConfig { BootstrapServers = Brokers, TransactionalId = $"{Name}-{Guid.NewGuid():n}" };
        using var producer = new ProducerBuilder<Null, string>(config).SetLogHandler((_, _) => { }).Build();
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        foreach (var value in values) producer.Produce(new TopicPartition(Name, partition), new Message<Null, string> { Value = value });
        producer.Flush(Patience);
        if (commit) producer.CommitTransaction(Patience);
        else producer.AbortTransaction(Patience);
    }

    /// <summary>What retention does: removes what lies before an offset.</summary>
    public async Task DeleteBeforeAsync(int partition, long offset)
    {
        using var admin = Admin();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(Name, partition, offset)]);
    }

    public async Task AddPartitionsAsync(int total)
    {
        using var admin = Admin();
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = Name, IncreaseTo = total }]);
        // The old one would hear of them only after minutes.
        _producer.Dispose();
        _producer = Producer();
    }

    /// <summary>What the group has committed, by partition; -1001 where it has nothing.</summary>
    public long[] Committed(int partitions)
    {
        using var consumer = Consumer();
        return [.. consumer.Committed([.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(Name, p))], Patience).OrderBy(c => c.Partition.Value).Select(c => c.Offset.Value)];
    }

    /// <summary>The offset after the last, by partition, markers of transactions included.</summary>
    public long[] Ends(int partitions)
    {
        using var consumer = Consumer();
        return [.. Enumerable.Range(0, partitions).Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(Name, p), Patience).High.Value)];
    }

    /// <summary>Waits until something outside has come to be.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using var timeout = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!holds()) await timer.WaitForNextTickAsync(timeout.Token);
    }

    public void Dispose() => _producer.Dispose();

    private IProducer<byte[]?, byte[]?> Producer() =>
        new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = Brokers, EnableIdempotence = true, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build();

    private IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Brokers }).SetLogHandler((_, _) => { }).Build();

    private IConsumer<Ignore, Ignore> Consumer() =>
        new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = Brokers, GroupId = Group }).SetLogHandler((_, _) => { }).Build();
}
