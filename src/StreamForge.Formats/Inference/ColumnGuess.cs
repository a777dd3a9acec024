using StreamForge.Core;

namespace StreamForge.Formats.Inference;

/// <summary>
/// What the values of one column have in common. Types form the lattice bigint &lt; double &lt; string; booleans and date-times each meet
/// anything else in string. A column of nulls is a string.
/// </summary>
internal sealed class ColumnGuess
{
    private long _booleans;
    private long _integers;
    private long _doubles;
    private long _others;
    private long _local;
    private long _withOffset;
    private long _dates;

    public void Boolean() => _booleans++;

    public void Other() => _others++;

    public void Number(in Values.Number number, ReadOnlySpan<byte> text)
    {
        var written = text.IndexOfAny((byte)'.', (byte)'e', (byte)'E');
        if (written < 0 && number.TryScale(text, 0, out var value) == Values.NumberFit.Fits && value >= long.MinValue && value <= long.MaxValue) _integers++;
        else if (double.TryParse(text, out var real) && double.IsFinite(real)) _doubles++;
        else _others++;
    }

    /// <summary>A text that may be a date-time.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        if (!Iso8601.TryParse(text, out _, out var hasOffset)) _others++;
        else if (text.Length == 10) _dates++;
        else if (hasOffset) _withOffset++;
        else _local++;
    }

    /// <param name="isEventTime">Then it is a timestamp where more than half of the values are dates or date-times.</param>
    public DataType Type(bool isEventTime)
    {
        var times = _local + _withOffset;
        var rest = _booleans + _integers + _doubles + _others;
        if (isEventTime && times + _dates > rest) return _withOffset > 0 ? DataType.TimestampTz : DataType.Timestamp;
        if (_others + _dates > 0) return DataType.String;
        var numbers = _integers + _doubles;
        return (times > 0, _booleans > 0, numbers > 0) switch
        {
            (true, false, false) => _withOffset > 0 ? DataType.TimestampTz : DataType.Timestamp,
            (false, true, false) => DataType.Boolean,
            (false, false, true) => _doubles > 0 ? DataType.Double : DataType.BigInt,
            _ => DataType.String,
        };
    }
}
