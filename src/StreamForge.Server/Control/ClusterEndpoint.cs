using System.Text.Json;
using StreamForge.Core;
using StreamForge.Server.Http;
using StreamForge.Server.Lookup;

namespace StreamForge.Server.Control;

/// <summary><c>GET /v1/cluster</c>: the nodes and how far each partition is.</summary>
internal sealed class ClusterEndpoint(IClusterReader? cluster)
{
    /// <summary>Whether the host is a node of a cluster.</summary>
    public bool IsNode => cluster is not null;

    public async ValueTask GetAsync(Exchange exchange)
    {
        PageQuery.RefuseAny(exchange.Query, "the cluster");
        if (cluster is null) throw new StreamForgeException(ErrorKind.NotFound, "this server is no node of a cluster; streamforge silo start runs one");
        Write(exchange.Json, await cluster.ReadAsync(exchange.Aborted));
        await exchange.SendFreshJsonAsync();
    }

    private static void Write(Utf8JsonWriter json, ClusterStatus status)
    {
        json.WriteStartObject();
        json.WriteString("id", status.Id);
        json.WriteString("here", status.Here);
        json.WriteStartArray("nodes");
        foreach (var node in status.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("silo", node.Silo);
            json.WriteString("name", node.Name);
            json.WriteString("state", node.State switch { NodeState.Joining => "joining", NodeState.Active => "active", NodeState.Leaving => "leaving", _ => "dead" });
            json.WritePropertyName("started");
            JsonValues.WriteTime(json, node.Started);
            WriteNumber(json, "keys", node.Keys);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("partitions");
        foreach (var partition in status.Partitions)
        {
            json.WriteStartObject();
            json.WriteString("pipeline", partition.Pipeline);
            json.WriteString("source", partition.Source);
            json.WriteNumber("partition", partition.Partition);
            json.WriteString("silo", partition.Silo);
            json.WriteNumber("received", partition.Received);
            json.WriteNumber("applied", partition.Applied);
            json.WriteNumber("durable", partition.Durable);
            WriteNumber(json, "end", partition.End);
            WriteNumber(json, "lag", partition.Lag);
            json.WriteNumber("rewinds", partition.Rewinds);
            json.WriteString("failure", partition.Failure);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
