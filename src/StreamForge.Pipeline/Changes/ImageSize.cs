using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>What the stored image of a row takes: its bytes (<see cref="ImageCodec"/>), the key, and what finds and guards it.</summary>
/// <param name="HasTexts">Whether texts come on top, of which each byte takes one.</param>
public readonly record struct ImageSize(int Least, int Most, bool HasTexts)
{
    /// <summary>Length, checksum and kind of a record, and an entry of the index.</summary>
    private const int Around = 17 + 24;

    /// <summary>Flags, stream and generation.</summary>
    private const int Head = 3;

    /// <summary>A key of one number.</summary>
    private const int Key = 9;

    public static ImageSize Of(Schema columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var fixedPart = Around + Head + Key + (columns.Count + 7) / 8;
        return new ImageSize(fixedPart, fixedPart + columns.Fields.Sum(f => Longest(f.Type.Kind)), columns.Fields.Any(f => Longest(f.Type.Kind) == Text));
    }

    /// <summary>The length of a text of less than 16 KiB.</summary>
    private const int Text = 2;

    private static int Longest(TypeKind kind) => kind switch
    {
        TypeKind.Boolean => 1,
        TypeKind.Int or TypeKind.Date => 5,
        TypeKind.Double => 8,
        TypeKind.BigInt or TypeKind.Timestamp or TypeKind.TimestampTz => 10,
        TypeKind.Decimal => 19,
        _ => Text,
    };
}
