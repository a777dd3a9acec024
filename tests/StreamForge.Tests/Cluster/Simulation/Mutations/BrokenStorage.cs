using System.Text;
using System.Text.Json.Nodes;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Cluster.Storage;

namespace StreamForge.Tests.Cluster.Simulation.Mutations;

/// <summary>Keys are written by whoever comes.</summary>
internal sealed class KeysWithoutFence : StorageContent
{
    public override bool Write(KeyWrite write)
    {
        Put(write);
        return true;
    }
}

/// <summary>Records are written by whoever comes.</summary>
internal sealed class RecordsWithoutFence : StorageContent
{
    public override bool Write(RecordWrite write)
    {
        Put(write);
        return true;
    }
}

/// <summary>A key's positions are not kept with its state.</summary>
internal sealed class StateWithoutPositions(PipelinePlan plan) : StorageContent
{
    public override StoredKey? Load(KeyId id)
    {
        if (base.Load(id) is not { } stored) return null;
        var (state, _, windows, watermark) = KeyContent.Read(stored.Content);
        return stored with { Content = KeyContent.Write(plan.Views[id.View].Layout, state, new PositionVector(), windows, watermark) };
    }
}

/// <summary>What is known of a key's closed windows is not kept with its state.</summary>
internal sealed class StateWithoutWindows(PipelinePlan plan) : StorageContent
{
    public override StoredKey? Load(KeyId id)
    {
        if (base.Load(id) is not { } stored) return null;
        var (state, positions, windows, watermark) = KeyContent.Read(stored.Content);
        return stored with { Content = KeyContent.Write(plan.Views[id.View].Layout, state, positions, windows is null ? null : new KeyWindows(), watermark) };
    }
}

/// <summary>Closed windows go to the outbox outside of the transaction that writes the key: also when it is refused.</summary>
internal sealed class EmissionsOutsideTheTransaction : StorageContent
{
    public override bool Write(KeyWrite write)
    {
        if (base.Write(write)) return true;
        Emit(write.Emissions);
        return false;
    }
}

/// <summary>Outbox entries are not taken away with the commit that contains them.</summary>
internal sealed class OutboxThatKeeps : StorageContent
{
    public override bool Write(RecordWrite write) => base.Write(write.Consumed.Count > 0 && Keep() ? write with { Consumed = [.. write.Consumed.Skip(1)] } : write);

    private int _writes;

    // Now and then, or it would never be empty.
    private bool Keep() => ++_writes % 3 == 0;
}

/// <summary>A partition's record does not keep by which bounds its events are judged.</summary>
internal sealed class RecordsWithoutBounds : StorageContent
{
    public override bool Write(RecordWrite write)
    {
        if (!write.Name.StartsWith("partition/", StringComparison.Ordinal)) return base.Write(write);
        var json = JsonNode.Parse(write.Content)!;
        var content = json["content"]!;
        var journal = content["journal"]!.AsArray();
        var first = journal[0]!.DeepClone();
        first["at_least"] = long.MinValue;
        first["at_most"] = long.MaxValue;
        content["journal"] = new JsonArray(first);
        content["reached"] = long.MinValue;
        return base.Write(write with { Content = Encoding.UTF8.GetBytes(json.ToJsonString()) });
    }
}

/// <summary>Images are written in a transaction of their own, some time after the one that moves the partition's durable position.</summary>
internal sealed class ImagesOutsideTheTransaction : StorageContent
{
    private readonly Dictionary<int, ImageChanges> _waiting = [];

    public override bool Write(RecordWrite write)
    {
        if (!base.Write(write with { Images = null })) return false;
        if (write.Images is not { } images) return true;
        if (_waiting.TryGetValue(images.Partition, out var before)) Put(before);
        _waiting[images.Partition] = images;
        return true;
    }
}

/// <summary>Images stay as they were first written, whatever becomes durable later.</summary>
internal sealed class ImagesOfAnEarlierPosition : StorageContent
{
    protected override void Put(ImageChanges changes) => base.Put(changes with { Rows = [.. changes.Rows.Where(r => r.Image is null || !Images.ContainsKey((changes.Partition, r.Key)))] });
}

/// <summary>A partition's record does not keep what is known of a changelog's events.</summary>
internal sealed class RecordsWithoutChanges : StorageContent
{
    public override bool Write(RecordWrite write)
    {
        if (!write.Name.StartsWith("partition/", StringComparison.Ordinal)) return base.Write(write);
        var json = JsonNode.Parse(write.Content)!;
        json["content"]!["changes"] = null;
        return base.Write(write with { Content = Encoding.UTF8.GetBytes(json.ToJsonString()) });
    }
}

/// <summary>Ledger entries are appended outside of the transaction that moves the partition's durable position: also when it is refused.</summary>
internal sealed class LedgerOutsideTheTransaction : StorageContent
{
    public override bool Write(RecordWrite write)
    {
        if (base.Write(write)) return true;
        Ledger.AddRange(write.Ledger);
        return false;
    }
}
