using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Server.Lookup;

namespace StreamForge.Tests.Server;

/// <summary>A lookup's document as text: the short way that compact answers take says what the long way says.</summary>
public class ViewDocumentTests
{
    private static readonly DataType[] Types =
    [
        DataType.BigInt, DataType.Int, DataType.Double, DataType.Boolean, DataType.Decimal(38, 10), DataType.Decimal(10, 0), DataType.TimestampTz, DataType.Timestamp, DataType.Date, DataType.String,
    ];

    [Fact]
    public void Compact_and_indented_answers_have_the_same_values_to_the_last_digit() => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        // Some views have nothing but scalars, some a text or a date, which go the long way.
        var types = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Types[random.Next(random.Next(3) == 0 ? Types.Length : Types.Length - 2)]).ToArray();
        var view = new ViewDescription(
            "p", "the \"view\"", [new Field("k", DataType.String)], [new WindowDescription("1m", 1), new WindowDescription("lifetime", 0)],
            [.. types.Select((t, i) => new FeatureDescription($"feature \"{i}\" é", t, 0, "f", null))], null);
        var row = new FeatureRow
        {
            At = random.NextInt64(EventTime.Earliest, EventTime.Latest),
            Values = [.. types.Select(t => Value(t, random))],
            Effective = [(EventTime.MinValue, random.NextInt64(long.MinValue, long.MaxValue)), (random.NextInt64(0, EventTime.Latest), random.NextInt64(0, EventTime.Latest))],
        };
        var key = KeyCodec.FromText(view.Entity, new Dictionary<string, string> { ["k"] = "a \"key\"" });
        foreach (var numbers in Enum.GetValues<NumberStyle>())
        {
            var compact = Write(view, key, row, numbers, indented: false);
            Assert.DoesNotContain('\n', compact);
            Assert.Equal(JsonNode.Parse(Write(view, key, row, numbers, indented: true))!.ToJsonString(), JsonNode.Parse(compact)!.ToJsonString());
        }
    }).QuickCheckThrowOnFailure();

    private static FeatureValue Value(DataType type, Random random)
    {
        if (random.Next(6) == 0) return FeatureValue.Missing(type, (FeatureStatus)random.Next(1, Enum.GetValues<FeatureStatus>().Length));
        var bits = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        return type.Kind switch
        {
            TypeKind.Boolean => FeatureValue.OfBoolean(bits % 2 == 0),
            TypeKind.Double => FeatureValue.OfDouble(random.Next(2) == 0 ? BitConverter.Int64BitsToDouble(bits) : bits / 100.0),
            TypeKind.Decimal => FeatureValue.OfDecimal(type, random.Next(2) == 0 ? bits : (Int128)bits * 1_000_000_007),
            TypeKind.String => FeatureValue.OfText(type, $"text \"{bits}\" \n é"),
            TypeKind.Int => FeatureValue.OfInt64(type, (int)bits),
            TypeKind.Date => FeatureValue.OfInt64(type, bits % 100_000),
            _ => FeatureValue.OfInt64(type, bits),
        };
    }

    private static string Write(ViewDescription view, byte[] key, FeatureRow row, NumberStyle numbers, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonValues.WriterOptions with { Indented = indented })) new ViewDocument(view).Write(json, key, row, numbers);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
