using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Pipeline.Ledgers;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Features;

/// <summary>The late ledger's entry for a row that a key was to take out and does not hold. Of the row a key has only what its view reads, and that stands for the raw event.</summary>
internal static class OrphanLine
{
    public static LedgerEntry Of(ViewPlan view, KeySlice slice, int row)
    {
        var origin = slice.Origin ?? throw new ArgumentException("A slice whose rows take out says where they come from.", nameof(slice));
        var position = slice.Positions[row];
        var late = new LateRecord(
            origin.Partition, origin.Describe(position), slice.Rows.Times[row], slice.Rows.Watermarks[row], ImmutableArray<string>.Empty, Image(view, slice, row))
        {
            Reason = $"orphan: the view {view.Name} has not counted the row that is taken out",
        };
        var line = new ArrayBufferWriter<byte>();
        using var format = new LedgerFormat(line);
        format.Write(late);
        return new LedgerEntry(LedgerKind.Late, origin.Partition, position, Encoding.UTF8.GetString(line.WrittenSpan));
    }

    private static byte[] Image(ViewPlan view, KeySlice slice, int row)
    {
        var target = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        var key = KeyCodec.Read(slice.Id.Key, view.Description.Entity);
        for (var i = 0; i < key.Length; i++) Write(json, view.Entity[i].Key.Name, key[i]);
        for (var e = 0; e < view.Expressions.Length; e++)
        {
            if (ColumnOf(view, slice, e) is { } column) Write(json, view.Expressions[e].Canonical.Replace("`", "", StringComparison.Ordinal), FeatureValue.From(column, row));
        }
        json.WriteEndObject();
        json.Flush();
        return target.WrittenSpan.ToArray();
    }

    private static Column? ColumnOf(ViewPlan view, KeySlice slice, int expression)
    {
        for (var slot = 0; slot < view.SlotInputs.Length; slot++)
        {
            if (view.SlotInputs[slot].Value == expression) return slice.Rows.Values[slot];
            if (view.SlotInputs[slot].Condition == expression) return slice.Rows.Conditions[slot];
        }
        return null;
    }

    private static void Write(Utf8JsonWriter json, string name, FeatureValue value)
    {
        json.WritePropertyName(name);
        if (value.Status != FeatureStatus.Present) json.WriteNullValue();
        else if (value.Type.Kind == TypeKind.Double && !double.IsFinite(value.Double)) json.WriteStringValue(value.ToString());
        else if (value.Type.Kind is TypeKind.Boolean or TypeKind.Array or TypeKind.Map or TypeKind.Row || value.Type.IsNumeric) json.WriteRawValue(value.ToString(), skipInputValidation: true);
        else json.WriteStringValue(value.ToString());
    }
}
