using Microsoft.Extensions.Logging;

namespace StreamForge.Silo.Hosting;

/// <summary>
/// One log for all: of the runtime below (Orleans, the host, Npgsql) only warnings and worse are told, unless the log is for debugging. Our own messages pass as they are.
/// </summary>
internal sealed class QuietLogging(ILoggerFactory inner, LogLevel level) : ILoggerFactory
{
    private static readonly string[] Below = ["Orleans", "Microsoft.", "Npgsql", "System."];

    public ILogger CreateLogger(string categoryName) =>
        level > LogLevel.Debug && Array.Exists(Below, prefix => categoryName.StartsWith(prefix, StringComparison.Ordinal)) ? new WarningsOnly(inner.CreateLogger(categoryName)) : inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The inner factory belongs to somebody else.</summary>
    public void Dispose()
    {
    }

    private sealed class WarningsOnly(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
