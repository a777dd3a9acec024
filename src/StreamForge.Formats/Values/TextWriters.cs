using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using StreamForge.Core;
using StreamForge.Formats.Json;

namespace StreamForge.Formats.Values;

/// <summary>string: text as it is; numbers, booleans and nested JSON as their text.</summary>
internal sealed class StringWriter(Field field) : ColumnWriter(field)
{
    private BytesColumn Target => Unsafe.As<BytesColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        Target.Append(text);
        return null;
    }

    public override string? Plain(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0)) return $"column '{Field.Name}' holds a NUL byte";
        return Utf8.IsValid(text) ? Text(text) : $"column '{Field.Name}' is not valid UTF-8";
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Text(text);

    public override string? Boolean(bool value) => Text(value ? "true"u8 : "false"u8);

    public override string? Nested(ReadOnlySpan<byte> json) => Text(json);
}

/// <summary>bytes: base64.</summary>
internal sealed class Base64Writer(Field field) : ColumnWriter(field)
{
    private BytesColumn Target => Unsafe.As<BytesColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text)
    {
        var target = Target.BeginAppend(Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3);
        if (Base64.DecodeFromUtf8(text, target, out _, out var written) != System.Buffers.OperationStatus.Done) return Misfit(text, "it is not base64");
        Target.CommitAppend(written);
        return null;
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Misfit(text);
}

/// <summary>array, map and row: JSON text of the right shape.</summary>
internal sealed class NestedWriter(Field field) : ColumnWriter(field)
{
    private BytesColumn Target => Unsafe.As<BytesColumn>(Column);

    public override string? Text(ReadOnlySpan<byte> text) => Misfit(text);

    public override string? Plain(ReadOnlySpan<byte> text)
    {
        var position = 0;
        var whole = JsonScanner.SkipValue(text, ref position, text.Length, depth: 0) is null && position == text.Length;
        return whole && Utf8.IsValid(text) && text[0] is (byte)'{' or (byte)'[' ? Nested(text) : Misfit(text);
    }

    public override string? Number(in Number number, ReadOnlySpan<byte> text) => Misfit(text);

    public override string? Nested(ReadOnlySpan<byte> json)
    {
        if (json[0] == '[' != (Field.Type.Kind == TypeKind.Array)) return Misfit(json);
        Target.Append(json);
        return null;
    }
}
