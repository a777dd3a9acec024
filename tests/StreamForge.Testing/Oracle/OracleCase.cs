using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>A view and the events that arrive, in order: all that the oracle needs, and all that reproduces a failure.</summary>
/// <param name="Events">In order of arrival.</param>
/// <param name="Signals">When partitions fall idle or finish, in order.</param>
public sealed record OracleCase(OracleView View, ImmutableArray<OracleEvent> Events, ImmutableArray<OracleSignal> Signals)
{
    public OracleCase(OracleView view, params OracleEvent[] events) : this(view, [.. events], [])
    {
    }

    /// <summary>The case as plain JSON, the form that <see cref="Parse"/> reads.</summary>
    public string ToJson() => OracleCaseJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static OracleCase Parse(string json) => OracleCaseJson.Read(json);

    /// <summary>The JSON: what a failing property prints.</summary>
    public override string ToString() => ToJson();
}
