using StreamForge.Core;

namespace StreamForge.Connectors.Kafka;

/// <summary>A topic to write to: <c>kafka://host:port/topic</c>, several hosts separated by commas.</summary>
/// <param name="Brokers">As the client takes them.</param>
public sealed record KafkaTarget(string Brokers, string Topic)
{
    private const string Scheme = "kafka://";
    private const string DefaultPort = ":9092";

    /// <summary>Whether a text is meant as one.</summary>
    public static bool Is(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Scheme, StringComparison.Ordinal);
    }

    /// <exception cref="StreamForgeException">InvalidArgument.</exception>
    public static KafkaTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text[Scheme.Length..].Split('/');
        var brokers = parts[0].Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || parts[1].Length == 0 || brokers.Any(b => b.Length == 0))
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"'{text}' names no topic; write kafka://host:port/topic, such as kafka://localhost:9092/clicks");
        return new KafkaTarget(string.Join(',', brokers.Select(b => b.Contains(':', StringComparison.Ordinal) ? b : b + DefaultPort)), parts[1]);
    }

    public override string ToString() => $"{Scheme}{Brokers}/{Topic}";
}
