using StreamForge.Core;

namespace StreamForge.Iceberg.Spec;

/// <summary>
/// How a partition's value, or a sort key, comes from a column's (Iceberg specification, "Partition Transforms"). Null gives null. A transform is applied to one value or to a whole column;
/// both give the same.
/// </summary>
public abstract record Transform
{
    /// <summary>The type of the values that it gives.</summary>
    public abstract PrimitiveType ResultType(PrimitiveType source);

    /// <summary>Whether the specification defines it for columns of <paramref name="source"/>.</summary>
    public abstract bool CanApplyTo(PrimitiveType source);

    /// <summary>The value for one value of a column of <paramref name="source"/>.</summary>
    public abstract Literal? Apply(PrimitiveType source, Literal? value);

    /// <summary>The values for a column of the engine's types, as a column that the caller owns one reference to.</summary>
    /// <exception cref="StreamForgeException">NotSupported: the transform is not known, so no partition can be written by it.</exception>
    public abstract Column Apply(Column source);

    /// <summary>The value as paths and people see it; <c>null</c> for null.</summary>
    public virtual string ToHuman(PrimitiveType source, Literal? value) => HumanText.Of(ResultType(source), value);

    /// <summary>Reads the text of a transform in metadata, such as <c>bucket[16]</c>; one that is not known is kept as <see cref="UnknownTransform"/>.</summary>
    public static Transform Parse(string text)
    {
        switch (text)
        {
            case "identity": return new IdentityTransform();
            case "void": return new VoidTransform();
            case "year": return new TimeTransform(TimeUnit.Year);
            case "month": return new TimeTransform(TimeUnit.Month);
            case "day": return new TimeTransform(TimeUnit.Day);
            case "hour": return new TimeTransform(TimeUnit.Hour);
        }
        if (TryParameter(text, "bucket[", out var buckets)) return new BucketTransform(buckets);
        return TryParameter(text, "truncate[", out var width) ? new TruncateTransform(width) : new UnknownTransform(text);
    }

    private static bool TryParameter(string text, string start, out int parameter)
    {
        parameter = 0;
        return text.StartsWith(start, StringComparison.Ordinal) && text.EndsWith(']') &&
            int.TryParse(text.AsSpan(start.Length, text.Length - start.Length - 1), System.Globalization.NumberStyles.None, null, out parameter) && parameter > 0;
    }
}

/// <summary>The value itself.</summary>
public sealed record IdentityTransform : Transform
{
    public override PrimitiveType ResultType(PrimitiveType source) => source;

    public override bool CanApplyTo(PrimitiveType source) => source.Kind is not (PrimitiveKind.Unknown or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography);

    public override Literal? Apply(PrimitiveType source, Literal? value) => value;

    public override Column Apply(Column source)
    {
        source.Retain();
        return source;
    }

    public override string ToString() => "identity";
}

/// <summary>Always null: what remains of a partition field that was removed.</summary>
public sealed record VoidTransform : Transform
{
    public override PrimitiveType ResultType(PrimitiveType source) => source;

    public override bool CanApplyTo(PrimitiveType source) => true;

    public override Literal? Apply(PrimitiveType source, Literal? value) => null;

    public override Column Apply(Column source) => Column.Nulls(source.Type, source.Count);

    public override string ToString() => "void";
}

/// <summary>A transform that this version does not know. Tables with it are read without its help and not written.</summary>
public sealed record UnknownTransform(string Text) : Transform
{
    public override PrimitiveType ResultType(PrimitiveType source) => PrimitiveType.String;

    public override bool CanApplyTo(PrimitiveType source) => true;

    public override Literal? Apply(PrimitiveType source, Literal? value) => throw Refused();

    public override Column Apply(Column source) => throw Refused();

    public override string ToString() => Text;

    private StreamForgeException Refused() => new(ErrorKind.NotSupported, $"the partition transform {Text} is not supported yet");
}
