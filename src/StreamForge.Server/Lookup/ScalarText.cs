using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// The part of a view's document that every lookup writes anew, as compact JSON text: its features, their statuses and the effective intervals, of views whose features are numbers, booleans and times. Names with their
/// quotes and separators are bytes made once, and values are formatted where they stand, so that a value costs its digits and a copy. It is the same text that a <see cref="Utf8JsonWriter"/> writes.
/// Immutable, safe from any thread.
/// </summary>
internal sealed class ScalarText
{
    /// <summary>What is written on the stack.</summary>
    private const int MostBytes = 16 << 10;

    private static readonly byte[][] Words = [.. Enum.GetValues<FeatureStatus>().Select(s => Quoted(FeatureStatusNames.Encoded(s)))];

    private readonly byte[][] _names;
    private readonly byte[][] _windows;
    private readonly int _bound;

    private ScalarText(byte[][] names, byte[][] windows, int bound)
    {
        _names = names;
        _windows = windows;
        _bound = bound;
    }

    /// <summary>For a view; null where its text could be too long.</summary>
    public static ScalarText? Of(ReadOnlySpan<JsonEncodedText> features, ReadOnlySpan<JsonEncodedText> windows)
    {
        var names = Named(features);
        var intervals = Named(windows);
        var bound = names.Sum(n => n.Length + JsonValues.MaxScalarBytes) + names.Sum(n => n.Length + Words.Max(w => w.Length))
            + intervals.Sum(w => w.Length + 2 * JsonValues.MaxScalarBytes + 20) + 64;
        return bound <= MostBytes ? new ScalarText(names, intervals, bound) : null;
    }

    /// <summary>Each name as <c>"name":</c>.</summary>
    private static byte[][] Named(ReadOnlySpan<JsonEncodedText> names)
    {
        var named = new byte[names.Length][];
        for (var i = 0; i < names.Length; i++) named[i] = [.. Quoted(names[i]), (byte)':'];
        return named;
    }

    private static byte[] Quoted(JsonEncodedText text) => [(byte)'"', .. text.EncodedUtf8Bytes, (byte)'"'];

    /// <summary>Writes the properties <c>features</c>, <c>status</c> and <c>effective</c>, whose names are given.</summary>
    /// <param name="uniform">What all statuses are together, where they are one; else empty.</param>
    /// <returns>false when a value has no bounded text; nothing has been written then.</returns>
    public bool TryWrite(Utf8JsonWriter json, FeatureRow row, NumberStyle numbers, JsonEncodedText features, JsonEncodedText status, ReadOnlySpan<byte> uniform, JsonEncodedText effective)
    {
        Span<byte> text = stackalloc byte[_bound];
        var end = 0;
        text[end++] = (byte)'{';
        for (var i = 0; i < _names.Length; i++)
        {
            Put(text, ref end, _names[i], i);
            if (!JsonValues.TryFormat(row.Values[i], numbers, text[end..], out var length)) return false;
            end += length;
        }
        text[end++] = (byte)'}';
        Raw(json, features, text[..end]);
        Raw(json, status, uniform.IsEmpty ? StatusOf(row.Values, text) : uniform);
        end = 0;
        text[end++] = (byte)'{';
        for (var i = 0; i < _windows.Length; i++)
        {
            Put(text, ref end, _windows[i], i);
            Put(text, ref end, "{\"from\":"u8);
            end += JsonValues.FormatTime(row.Effective[i].From, text[end..]);
            Put(text, ref end, ",\"to\":"u8);
            end += JsonValues.FormatTime(row.Effective[i].To, text[end..]);
            text[end++] = (byte)'}';
        }
        text[end++] = (byte)'}';
        Raw(json, effective, text[..end]);
        return true;
    }

    private ReadOnlySpan<byte> StatusOf(ReadOnlySpan<FeatureValue> values, Span<byte> text)
    {
        var end = 0;
        text[end++] = (byte)'{';
        for (var i = 0; i < _names.Length; i++)
        {
            Put(text, ref end, _names[i], i);
            Put(text, ref end, Words[(int)values[i].Status]);
        }
        text[end++] = (byte)'}';
        return text[..end];
    }

    private static void Raw(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static void Put(Span<byte> text, ref int end, byte[] name, int index)
    {
        if (index > 0) text[end++] = (byte)',';
        Put(text, ref end, name);
    }

    private static void Put(Span<byte> text, ref int end, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(text[end..]);
        end += bytes.Length;
    }
}
