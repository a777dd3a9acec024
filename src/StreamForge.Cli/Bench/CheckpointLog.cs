using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace StreamForge.Cli.Bench;

/// <summary>A checkpoint that was taken, in <see cref="Stopwatch"/> ticks.</summary>
/// <param name="Written">Bytes of the file that it wrote.</param>
internal sealed record Checkpointed(long Started, long Ended, long Written)
{
    public double Seconds => Stopwatch.GetElapsedTime(Started, Ended).TotalSeconds;
}

/// <summary>Takes what an engine says of each checkpoint.</summary>
internal sealed class CheckpointLog : ILogger
{
    public List<Checkpointed> Taken { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var now = Stopwatch.GetTimestamp();
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values) return;
        var named = values.ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
        if (named.GetValueOrDefault("Elapsed") is TimeSpan elapsed) Taken.Add(new Checkpointed(now - (long)(elapsed.TotalSeconds * Stopwatch.Frequency), now, (long)named["Written"]!));
    }
}
