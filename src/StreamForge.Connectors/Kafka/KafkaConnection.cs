using System.Collections.Immutable;
using Confluent.Kafka;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Kafka;

/// <summary>How a source's brokers are reached: the settings that consumers are made with. Immutable, safe from any thread.</summary>
public sealed class KafkaConnection
{
    /// <summary>A consumer needs a group even where it commits nothing to it.</summary>
    private const string NoGroup = "streamforge";

    private readonly KafkaSourceOptions _options;

    /// <param name="source">The source's name, for messages.</param>
    /// <exception cref="StreamForgeException">NotFound when librdkafka is not installed.</exception>
    public KafkaConnection(string source, KafkaSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        KafkaLibrary.Require();
        Source = source;
        _options = options;
    }

    public string Source { get; }

    public string Topic => _options.Topic;

    public string Brokers => _options.Connection;

    /// <summary>The group that durable offsets are committed to, or null.</summary>
    public string? Group => _options.ConsumerGroup;

    /// <summary>Makes a consumer, which connects in the background.</summary>
    /// <exception cref="InvalidDefinitionException">A property is not known, or its value is wrong.</exception>
    internal IConsumer<TKey, TValue> Consumer<TKey, TValue>(Func<ConsumerBuilder<TKey, TValue>, ConsumerBuilder<TKey, TValue>> configure, bool headers = true)
    {
        try
        {
            return configure(new ConsumerBuilder<TKey, TValue>(Settings(headers))).Build();
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or ArgumentException)
        {
            throw Misfit(wrong);
        }
    }

    private ConsumerConfig Settings(bool headers)
    {
        var security = _options.Security;
        var settings = new ConsumerConfig
        {
            BootstrapServers = _options.Connection,
            GroupId = _options.ConsumerGroup ?? NoGroup,
            ClientId = "streamforge",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = true,
            AllowAutoCreateTopics = false,
            ConsumeResultFields = headers ? "timestamp,headers" : "timestamp",
            FetchWaitMaxMs = 100,
            QueuedMinMessages = 50_000,
            QueuedMaxMessagesKbytes = 16 * 1024,
            ReconnectBackoffMaxMs = 1_000,
        };
        Set("security.protocol", security.Protocol?.ToLowerInvariant());
        Set("sasl.mechanism", security.Mechanism);
        Set("sasl.username", security.Username);
        Set("sasl.password", security.Password);
        Set("ssl.ca.location", security.Authority);
        Set("ssl.certificate.location", security.Certificate);
        Set("ssl.key.location", security.Key);
        Set("ssl.key.password", security.KeyPassword);
        Set("ssl.endpoint.identification.algorithm", security.VerifyHostname switch { true => "https", false => "none", null => null });
        foreach (var property in _options.Properties) settings.Set(property.Name, property.Value);
        return settings;

        void Set(string name, string? value)
        {
            if (value is not null) settings.Set(name, value);
        }
    }

    /// <summary>What librdkafka says of a setting, at the place of the property that it names.</summary>
    private StreamForgeException Misfit(Exception wrong)
    {
        var named = _options.Properties.Where(p => wrong.Message.Contains($"\"{p.Name}\"", StringComparison.Ordinal)).ToImmutableArray();
        return named.IsEmpty
            ? new StreamForgeException(ErrorKind.InvalidDefinition, $"source {Source}: librdkafka refuses its settings: {wrong.Message}", inner: wrong)
            : new InvalidDefinitionException([.. named.Select(p => p.Location.Fault($"librdkafka refuses the property '{p.Name}': {wrong.Message}; its names are listed in librdkafka's CONFIGURATION.md"))]);
    }
}
