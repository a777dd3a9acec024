using Microsoft.Extensions.Logging;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>A silo that is told to be dead would end the process, and with it the other silos and the tests; here it is only said.</summary>
internal sealed partial class SurvivedFailures(ILogger<SurvivedFailures> log) : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => exception is not OperationCanceledException;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) => Said(log, sender, context, exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A silo cannot go on: {Sender}: {Context}")]
    private static partial void Said(ILogger log, object? sender, string? context, Exception? exception);
}
