using Microsoft.Extensions.Logging;

namespace StreamForge.Cli.Output;

/// <summary>Log messages as lines on standard error: <c>12:50:01 info  retail: restored checkpoint 3</c>. Safe from any thread.</summary>
internal sealed class ErrorLog(ErrorOutput errors, TimeProvider clock) : ILoggerFactory
{
    public LogLevel Level { get; set; } = LogLevel.Information;

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void AddProvider(ILoggerProvider provider) => throw new InvalidOperationException("The log goes to standard error only.");

    public void Dispose()
    {
        // Standard error stays open for the program's last words.
    }

    private void Write(LogLevel level, string message, Exception? exception)
    {
        var name = level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            _ => "error",
        };
        errors.Line($"{clock.GetUtcNow():HH:mm:ss} {name}: {message}{(exception is null ? "" : Level <= LogLevel.Debug ? $"\n{exception}" : $": {exception.Message}")}");
    }

    private sealed class Logger(ErrorLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= log.Level;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(logLevel, formatter(state, exception), exception);
        }
    }
}
