namespace StreamForge.Server.Lookup;

/// <summary>How numbers that a double cannot hold stand in JSON.</summary>
public enum NumberStyle
{
    /// <summary>As JSON numbers with all their digits.</summary>
    Number,

    /// <summary>Integers past 2^53 and all decimals as strings, for readers whose numbers are doubles.</summary>
    String,
}
