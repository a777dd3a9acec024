using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>The units of <see cref="TimeTransform"/>.</summary>
public enum TimeUnit
{
    Year,
    Month,
    Day,
    Hour,
}

/// <summary>Whole years, months, days or hours since 1970, towards minus infinity, of a date or a timestamp; days are a date.</summary>
public sealed record TimeTransform(TimeUnit Unit) : Transform
{
    public override PrimitiveType ResultType(PrimitiveType source) => Unit == TimeUnit.Day ? PrimitiveType.Date : PrimitiveType.Int;

    public override bool CanApplyTo(PrimitiveType source) => source.IsTimestamp || (source.Kind == PrimitiveKind.Date && Unit != TimeUnit.Hour);

    public override Literal? Apply(PrimitiveType source, Literal? value)
    {
        if (value is not { } present) return null;
        var number = (long)present.Number;
        if (source.Kind == PrimitiveKind.Date) return Literal.Of(OfDays(number));
        return Literal.Of(OfMicros(source.IsNanoseconds ? EventTime.FloorDivide(number, 1000) : number));
    }

    public override Column Apply(Column source)
    {
        if (source is not Int64Column { Type.Kind: TypeKind.Date or TypeKind.Timestamp or TypeKind.TimestampTz } times)
            throw new ArgumentException($"{this} is not defined for {source.Type}", nameof(source));
        var result = new Int64Column(Unit == TimeUnit.Day ? DataType.Date : DataType.Int, source.Count);
        result.SetLength(source.Count);
        var units = result.WritableValues;
        var values = times.Values;
        if (source.Type.Kind == TypeKind.Date)
        {
            for (var i = 0; i < units.Length; i++) units[i] = OfDays(values[i]);
        }
        else
        {
            for (var i = 0; i < units.Length; i++) units[i] = OfMicros(values[i]);
        }
        result.CopyValidity(source);
        return result;
    }

    public override string ToHuman(PrimitiveType source, Literal? value)
    {
        if (value is not { } present) return HumanText.Null;
        var units = (long)present.Number;
        return Unit switch
        {
            TimeUnit.Year => (1970 + units).ToString("0000", CultureInfo.InvariantCulture),
            TimeUnit.Month => string.Create(CultureInfo.InvariantCulture, $"{1970 + EventTime.FloorDivide(units, 12):0000}-{units - EventTime.Floor(units, 12) + 1:00}"),
            TimeUnit.Day => HumanText.Date(units),
            _ => string.Create(CultureInfo.InvariantCulture, $"{HumanText.Date(EventTime.FloorDivide(units, 24))}-{units - EventTime.Floor(units, 24):00}"),
        };
    }

    public override string ToString() => Unit.ToString().ToLowerInvariant();

    private long OfMicros(long micros) => Unit switch
    {
        TimeUnit.Hour => EventTime.FloorDivide(micros, EventTime.Hour),
        TimeUnit.Day => EventTime.FloorDivide(micros, EventTime.Day),
        _ => OfDays(EventTime.FloorDivide(micros, EventTime.Day)),
    };

    private long OfDays(long days)
    {
        if (Unit == TimeUnit.Day) return days;
        var (year, month, _) = CivilCalendar.Civil(days);
        return Unit == TimeUnit.Year ? year - 1970 : (year - 1970) * 12 + month - 1;
    }
}
