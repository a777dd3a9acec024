using System.Text;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>int, bigint, date and timestamps.</summary>
public readonly struct Int64Codec : IMultisetCodec<Int64Key>
{
    public Int64Key KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = default;
        return new Int64Key { Value = ((Int64Column)input.Values!)[input.Row] };
    }

    public FeatureValue ValueOf(DataType type, in Int64Key key, ReadOnlySpan<byte> text) => FeatureValue.OfInt64(type, key.Value);
}

/// <summary>boolean: false before true.</summary>
public readonly struct BooleanCodec : IMultisetCodec<Int64Key>
{
    public Int64Key KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = default;
        return new Int64Key { Value = ((BooleanColumn)input.Values!)[input.Row] };
    }

    public FeatureValue ValueOf(DataType type, in Int64Key key, ReadOnlySpan<byte> text) => FeatureValue.OfBoolean(key.Value != 0);
}

/// <summary>double, as the integers that lie in its order: -0 below 0, and NaN, of which there is one, above all.</summary>
/// <param name="zerosAreOne">Whether -0 is 0.</param>
public readonly struct DoubleCodec(bool zerosAreOne) : IMultisetCodec<Int64Key>
{
    public Int64Key KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = default;
        var value = ((DoubleColumn)input.Values!)[input.Row];
        if (double.IsNaN(value)) return new Int64Key { Value = long.MaxValue };
        if (zerosAreOne && value == 0) value = 0;
        return new Int64Key { Value = Ordered(BitConverter.DoubleToInt64Bits(value)) };
    }

    public FeatureValue ValueOf(DataType type, in Int64Key key, ReadOnlySpan<byte> text) =>
        FeatureValue.OfDouble(key.Value == long.MaxValue ? double.NaN : BitConverter.Int64BitsToDouble(Ordered(key.Value)));

    // A negative number's bits ascend with its magnitude; turned over, they descend. Its own inverse.
    private static long Ordered(long bits) => bits ^ ((bits >> 63) & long.MaxValue);
}

/// <summary>decimal.</summary>
public readonly struct DecimalCodec : IMultisetCodec<DecimalKey>
{
    public DecimalKey KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = default;
        return new DecimalKey { Value = ((DecimalColumn)input.Values!)[input.Row] };
    }

    public FeatureValue ValueOf(DataType type, in DecimalKey key, ReadOnlySpan<byte> text) => FeatureValue.OfDecimal(type, key.Value);
}

/// <summary>string, bytes and nested values as JSON text.</summary>
public readonly struct TextCodec : IMultisetCodec<TextKey>
{
    public TextKey KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = ((BytesColumn)input.Values!)[input.Row];
        return TextKey.Of(text);
    }

    public FeatureValue ValueOf(DataType type, in TextKey key, ReadOnlySpan<byte> text)
    {
        var bytes = key.In(text);
        return FeatureValue.OfText(type, type.Kind == TypeKind.Bytes ? Convert.ToBase64String(bytes) : Encoding.UTF8.GetString(bytes));
    }
}

/// <summary>Values with their times.</summary>
public readonly struct TimedCodec<TKey, TCodec>(TCodec inner) : IMultisetCodec<TimedKey<TKey>>
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public TimedKey<TKey> KeyOf(in RowInput input, out ReadOnlySpan<byte> text) => new() { Time = input.Time, Value = inner.KeyOf(input, out text) };

    public FeatureValue ValueOf(DataType type, in TimedKey<TKey> key, ReadOnlySpan<byte> text) => inner.ValueOf(type, key.Value, text);
}

/// <summary>Values with their times, of those at one time the greatest first.</summary>
public readonly struct EarliestCodec<TKey, TCodec>(TCodec inner) : IMultisetCodec<EarliestKey<TKey>>
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public EarliestKey<TKey> KeyOf(in RowInput input, out ReadOnlySpan<byte> text) => new() { Time = input.Time, Value = inner.KeyOf(input, out text) };

    public FeatureValue ValueOf(DataType type, in EarliestKey<TKey> key, ReadOnlySpan<byte> text) => inner.ValueOf(type, key.Value, text);
}

/// <summary>Values with their times and positions.</summary>
public readonly struct PositionedCodec<TKey, TCodec>(TCodec inner) : IMultisetCodec<PositionedKey<TKey>>
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public PositionedKey<TKey> KeyOf(in RowInput input, out ReadOnlySpan<byte> text) =>
        new() { Time = input.Time, Order = input.Order, Value = inner.KeyOf(input, out text) };

    public FeatureValue ValueOf(DataType type, in PositionedKey<TKey> key, ReadOnlySpan<byte> text) => inner.ValueOf(type, key.Value, text);
}
