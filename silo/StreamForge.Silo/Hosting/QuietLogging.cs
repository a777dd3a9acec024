using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StreamForge.Silo.Hosting;

/// <summary>
/// One log for all: of the runtime below (Orleans, the host, Npgsql) only warnings and worse are told, and each kind of them every few seconds at most (a grain that cannot be
/// activated is tried again at once, by each of its callers), unless the log is for debugging. Our own messages pass as they are.
/// </summary>
internal sealed class QuietLogging(ILoggerFactory inner, LogLevel level, TimeProvider clock) : ILoggerFactory
{
    private static readonly string[] Below = ["Orleans", "Microsoft.", "Npgsql", "System."];

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>What a failed start throws is told by whoever started the host.</summary>
    private const string Host = "Microsoft.Extensions.Hosting";

    /// <summary>Orleans' advice to use the server's garbage collector: a node shares its machine with a database and a broker, and has a heap for each core then.</summary>
    private const int GarbageCollectorAdvice = 100405;

    public ILogger CreateLogger(string categoryName)
    {
        var logger = inner.CreateLogger(categoryName);
        if (level <= LogLevel.Debug || !Array.Exists(Below, prefix => categoryName.StartsWith(prefix, StringComparison.Ordinal))) return logger;
        return categoryName.StartsWith(Host, StringComparison.Ordinal) ? NullLogger.Instance : new WarningsOnly(logger, clock);
    }

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The inner factory belongs to somebody else.</summary>
    public void Dispose()
    {
    }

    private sealed class WarningsOnly(ILogger inner, TimeProvider clock) : ILogger
    {
        private readonly ConcurrentDictionary<EventId, Repeated> _told = new();

        /// <summary>When a message was told last, and how many like it were not told since.</summary>
        private sealed class Repeated
        {
            public long Last;
            public int Held;
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == GarbageCollectorAdvice || !IsEnabled(logLevel)) return;
            var now = clock.GetTimestamp();
            int held;
            var repeated = _told.GetOrAdd(eventId, static _ => new Repeated());
            lock (repeated)
            {
                if (repeated.Last != 0 && clock.GetElapsedTime(repeated.Last, now) < Pause)
                {
                    repeated.Held++;
                    return;
                }
                (held, repeated.Held, repeated.Last) = (repeated.Held, 0, now);
            }
            inner.Log(logLevel, eventId, state, exception, held == 0 ? formatter : (s, e) => $"{formatter(s, e)} (and {held:N0} more like this)");
        }
    }
}
