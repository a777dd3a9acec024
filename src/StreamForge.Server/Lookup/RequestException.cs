using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>A request's body is wrong at known places.</summary>
internal sealed class RequestException(Fault fault) : StreamForgeException(ErrorKind.InvalidArgument, fault.Sentence)
{
    public ImmutableArray<Fault> Faults { get; } = [fault];
}
