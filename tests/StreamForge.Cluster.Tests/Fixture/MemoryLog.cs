using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>Keeps what is logged, for tests that fail and tests of what people are told. Safe from any thread.</summary>
internal sealed class MemoryLog : ILoggerProvider
{
    private const int Shown = 30;
    private const int Width = 400;

    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    public override string ToString() => string.Join('\n', _lines.TakeLast(Shown).Select(l => l.Length > Width ? l[..Width] : l));

    private sealed class Logger(MemoryLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log._lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)}{(exception is null ? "" : $"\n    {exception}")}");
        }
    }
}
