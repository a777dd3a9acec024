using System.Collections.Concurrent;

namespace StreamForge.Silo.Pipelines;

/// <summary>The topics that this silo polls, for those who want to know where they end. Safe from any thread.</summary>
internal sealed class OpenTopics
{
    private readonly ConcurrentDictionary<(string Pipeline, string Source), KafkaTopicPolls> _topics = new();

    public KafkaTopicPolls Add(string pipeline, string source, KafkaTopicPolls topic) => _topics[(pipeline, source)] = topic;

    /// <summary>null where no partition of it has been polled here.</summary>
    public KafkaTopicPolls? Find(string pipeline, string source) => _topics.GetValueOrDefault((pipeline, source));
}
