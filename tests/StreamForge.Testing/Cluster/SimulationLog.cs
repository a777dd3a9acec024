using Microsoft.Extensions.Logging;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster;

/// <summary>What the protocol logs goes into the world's trace.</summary>
internal sealed class SimulationLog(SimulatedWorld world) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        world.Tell($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
}
