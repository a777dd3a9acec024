using Confluent.Kafka;

namespace StreamForge.Connectors.Kafka;

/// <summary>Remembers how the brokers are doing and tells it to people once, not with every attempt. Safe from any thread.</summary>
internal sealed class KafkaHealth(KafkaConnection connection, Action<string>? warn)
{
    private volatile bool _away;
    private volatile string? _last;

    /// <summary>What the client last complained of, or null.</summary>
    public string? Last => _last;

    /// <summary>The client cannot reach a broker, or a broker refuses something; it goes on trying.</summary>
    public void Heard(Error error)
    {
        _last = error.Reason;
        if (_away) return;
        _away = true;
        warn?.Invoke($"source {connection.Source}: a broker of Kafka at {connection.Brokers} does not answer ({error.Reason}); reading goes on as soon as it does");
    }

    /// <summary>A line of the client's log, of which the last serious one explains what went wrong.</summary>
    public void Heard(LogMessage message)
    {
        if (message.Level <= SyslogLevel.Error) _last = message.Message;
    }

    /// <summary>A record came.</summary>
    public void Reads()
    {
        if (!_away) return;
        _away = false;
        warn?.Invoke($"source {connection.Source}: Kafka at {connection.Brokers} answers again");
    }

    public void Warn(string sentence) => warn?.Invoke(sentence);
}
