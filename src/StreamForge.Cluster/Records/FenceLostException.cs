using StreamForge.Core;

namespace StreamForge.Cluster.Records;

/// <summary>Another activation has written the record: whoever gets this is no longer the owner, must write nothing more, and goes. Nothing is wrong with the pipeline.</summary>
public sealed class FenceLostException(string record)
    : StreamForgeException(ErrorKind.Conflict, $"the record {record} has been taken over by another activation of its owner; this one ends");
