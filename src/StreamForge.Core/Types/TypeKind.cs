namespace StreamForge.Core;

/// <summary>The kinds of value that a column can hold; the names in pipeline files are the lower-case ones.</summary>
public enum TypeKind : byte
{
    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>32-bit signed integer; computed with 64 bits.</summary>
    Int,

    /// <summary>64-bit signed integer.</summary>
    BigInt,

    /// <summary>IEEE 754 binary64.</summary>
    Double,

    /// <summary>Exact decimal of at most 38 digits, kept as an unscaled 128-bit integer.</summary>
    Decimal,

    /// <summary>UTF-8 text.</summary>
    String,

    /// <summary>Raw bytes.</summary>
    Bytes,

    /// <summary>Days since 1970-01-01.</summary>
    Date,

    /// <summary>Microseconds since 1970-01-01T00:00:00, a local date-time without a zone.</summary>
    Timestamp,

    /// <summary>Microseconds since 1970-01-01T00:00:00Z, an instant.</summary>
    TimestampTz,

    /// <summary>A JSON array, kept as its text.</summary>
    Array,

    /// <summary>A JSON object with free keys, kept as its text.</summary>
    Map,

    /// <summary>A JSON object with known fields, kept as its text.</summary>
    Row,
}
