namespace StreamForge.Formats.Debezium;

/// <summary>Where a JSON value lies in a buffer; the default where there is none.</summary>
internal readonly record struct Extent(int Start, int End)
{
    public bool IsThere => End > Start;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> data) => data[Start..End];

    public bool IsObject(ReadOnlySpan<byte> data) => IsThere && data[Start] == '{';

    /// <summary>Whether it is missing, or the literal null.</summary>
    public bool IsNull(ReadOnlySpan<byte> data) => !IsThere || data[Start] == 'n';

    /// <summary>A string's bytes between its quotes, escapes and all; empty where it is none.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> data) => IsThere && data[Start] == '"' ? data[(Start + 1)..(End - 1)] : [];
}
