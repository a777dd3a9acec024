using System.Text;
using StreamForge.Core;

namespace StreamForge.Formats.Values;

/// <summary>
/// Appends values, as formats write them, to one column. Each method appends exactly one row and returns null, or appends nothing and
/// returns the sentence that says why the value does not fit. Text is UTF-8 and, where a format has escapes, already without them.
/// </summary>
internal abstract class ColumnWriter(Field field)
{
    private const int ShownBytes = 60;

    public Field Field { get; } = field;

    /// <summary>The column being filled; one reference is the caller's.</summary>
    public Column Column { get; private set; } = Column.Create(field.Type, 0);

    /// <summary>Starts a new column.</summary>
    public void Begin(int capacity) => Column = Column.Create(Field.Type, capacity);

    /// <summary>A quoted text of a format that also has numbers and booleans. Valid UTF-8.</summary>
    public abstract string? Text(ReadOnlySpan<byte> text);

    /// <summary>Text of a format that has nothing but text. Any bytes.</summary>
    public virtual string? Plain(ReadOnlySpan<byte> text) => Text(text);

    public abstract string? Number(in Number number, ReadOnlySpan<byte> text);

    public virtual string? Boolean(bool value) => Misfit(value ? "true"u8 : "false"u8);

    /// <summary>An object or an array as its JSON text. Valid UTF-8.</summary>
    public virtual string? Nested(ReadOnlySpan<byte> json) => Misfit(json);

    public void Null() => Column.AppendNull();

    /// <summary>The sentence for a value that does not fit.</summary>
    internal string Misfit(ReadOnlySpan<byte> text, string? why = null) =>
        $"column '{Field.Name}': {Show(text)} is no {Field.Type}{(why is null ? "" : ": " + why)}";

    protected string? FitSentence(NumberFit fit, ReadOnlySpan<byte> text) => fit switch
    {
        NumberFit.TooFine => Misfit(text, Field.Type.IsInteger ? "it has a fraction" : "it has more digits after the point"),
        _ => Misfit(text, "it is out of range"),
    };

    private static string Show(ReadOnlySpan<byte> text) => text.Length <= ShownBytes
        ? $"'{Encoding.UTF8.GetString(text)}'"
        : $"'{Encoding.UTF8.GetString(text[..ShownBytes])}…'";

    /// <param name="unit">Of integers in a timestamp column, as <c>SchemaField.Unit</c> has it: microseconds a unit, -1,000 for nanoseconds, 0 for none.</param>
    public static ColumnWriter Create(Field field, long unit, LocalTime time) => field.Type.Kind switch
    {
        TypeKind.Boolean => new BooleanWriter(field),
        TypeKind.Int or TypeKind.BigInt => new IntegerWriter(field),
        TypeKind.Double => new DoubleWriter(field),
        TypeKind.Decimal => new DecimalWriter(field),
        TypeKind.String => new StringWriter(field),
        TypeKind.Bytes => new Base64Writer(field),
        TypeKind.Date => new DateWriter(field),
        TypeKind.Timestamp or TypeKind.TimestampTz => new TimestampWriter(field, unit, time),
        _ => new NestedWriter(field),
    };
}
