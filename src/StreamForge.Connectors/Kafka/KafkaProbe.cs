using System.Collections.Immutable;
using Confluent.Kafka;
using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>Asks about a topic, or checks settings, with a client of its own that reads nothing.</summary>
public static class KafkaProbe
{
    /// <summary>The topic's partitions, ascending.</summary>
    /// <exception cref="StreamForgeException">Unavailable when no broker answers; NotFound when there is no such topic; PermissionDenied.</exception>
    public static async Task<ImmutableArray<int>> PartitionsAsync(KafkaConnection connection, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var health = new KafkaHealth(connection, warn: null);
        using var consumer = Client(connection, health);
        return await new KafkaTopic(connection, consumer, health).PartitionsAsync(cancellation);
    }

    /// <summary>Checks the settings without waiting for a broker.</summary>
    /// <exception cref="InvalidDefinitionException">A property is not known, or its value is wrong.</exception>
    public static void Check(KafkaConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Client(connection, new KafkaHealth(connection, warn: null)).Dispose();
    }

    private static IConsumer<StagedPiece, StagedPiece> Client(KafkaConnection connection, KafkaHealth health)
    {
        var staged = new StagedBytes();
        return connection.Consumer<StagedPiece, StagedPiece>(
            builder => builder.SetKeyDeserializer(staged).SetValueDeserializer(staged).SetErrorHandler((_, error) => health.Heard(error)).SetLogHandler((_, message) => health.Heard(message)));
    }
}
