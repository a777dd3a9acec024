using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Collects what is wrong with one file, and what its reader should merely know.</summary>
internal sealed class FaultLog
{
    private readonly List<Fault> _faults = [];
    private readonly List<Fault> _notices = [];

    public int Count => _faults.Count;

    /// <summary>In the file's order, each once (an alias makes its anchor be read several times).</summary>
    public ImmutableArray<Fault> Faults => Sorted(_faults);

    public ImmutableArray<Fault> Notices => Sorted(_notices);

    public void Add(SourceLocation place, string sentence) => _faults.Add(place.Fault(sentence));

    public void Add(Fault fault) => _faults.Add(fault);

    public void Notice(SourceLocation place, string sentence) => _notices.Add(place.Fault(sentence));

    private static ImmutableArray<Fault> Sorted(List<Fault> faults) => [.. faults.Distinct().OrderBy(f => f.Line).ThenBy(f => f.Column)];
}
