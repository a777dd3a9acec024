using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StreamForge.Grains.Hosting;
using StreamForge.Server;

namespace StreamForge.Silo.Telemetry;

/// <summary>
/// Traces and metrics to a collector, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one; without it nothing is recorded and nothing is paid. The exporter, its protocol, headers and the sampler are configured by
/// OpenTelemetry's own variables. A trace begins with an HTTP request (or goes on with its <c>traceparent</c>) and spans every grain call that answers it, in whichever silo; metrics are the cluster's counters, Orleans' and the runtime's
/// (the others of StreamForge are on <c>/metrics</c>).
/// </summary>
internal sealed class NodeTelemetry : IDisposable
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    private NodeTelemetry(TracerProvider traces, MeterProvider metrics) => (_traces, _metrics) = (traces, metrics);

    /// <param name="instance">Tells this node from the others.</param>
    /// <returns>null where no collector is configured.</returns>
    public static NodeTelemetry? Start(string? endpoint, string instance)
    {
        if (string.IsNullOrEmpty(endpoint)) return null;
        var resource = ResourceBuilder.CreateDefault().AddService("streamforge-silo", serviceInstanceId: instance).AddEnvironmentVariableDetector();
        return new NodeTelemetry(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(FeatureServer.TraceSource, ClusterTelemetry.Name, "Microsoft.Orleans.*").AddOtlpExporter().Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(ClusterTelemetry.Name, "Microsoft.Orleans", "System.Runtime").AddOtlpExporter().Build());
    }

    /// <summary>Sends what waits, for a few seconds at most.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }
}
