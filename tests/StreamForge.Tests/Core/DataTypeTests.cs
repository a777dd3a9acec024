using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class DataTypeTests
{
    private static readonly DataType[] Types =
    [
        .. Enum.GetValues<TypeKind>().Where(kind => kind != TypeKind.Decimal).Select(kind => new DataType(kind)),
        .. from precision in Enumerable.Range(1, DataType.MaxPrecision) from scale in Enumerable.Range(0, precision + 1) select DataType.Decimal(precision, scale),
    ];

    [Fact]
    public void A_written_type_reads_back_as_itself_in_any_case() => Assert.All(Types, type =>
    {
        foreach (var text in (string[])[type.ToString(), type.ToString().ToUpperInvariant(), $"  {type} "])
        {
            Assert.True(DataType.TryParse(text, out var read));
            Assert.Equal(type, read);
        }
    });

    [Fact]
    public void Storage_is_what_the_types_properties_say() => Assert.All(Types, type =>
    {
        var column = Column.Create(type, 1);
        Assert.Equal(type, column.Type);
        Assert.Equal(type.IsInt64Backed, column is Int64Column);
        Assert.Equal(type.IsVariableLength, column is BytesColumn);
        column.Release();
    });

    [Theory]
    [InlineData("integer", "int")]
    [InlineData("smallint", "int")]
    [InlineData("long", "bigint")]
    [InlineData("float64", "double")]
    [InlineData("double precision", "double")]
    [InlineData("varchar(20)", "string")]
    [InlineData("text", "string")]
    [InlineData("varbinary(16)", "bytes")]
    [InlineData("timestamp(3)", "timestamp")]
    [InlineData("TIMESTAMP_LTZ(6)", "timestamptz")]
    [InlineData("timestamp with time zone", "timestamptz")]
    [InlineData("decimal", "decimal(10,0)")]
    [InlineData("numeric(5)", "decimal(5,0)")]
    [InlineData("decimal( 10 , 3 )", "decimal(10,3)")]
    [InlineData("dec (38,38)", "decimal(38,38)")]
    public void Usual_other_spellings_are_read(string text, string type)
    {
        Assert.True(DataType.TryParse(text, out var read));
        Assert.Equal(type, read.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("intt")]
    [InlineData("bigint(5)")]
    [InlineData("date(3)")]
    [InlineData("decimal()")]
    [InlineData("decimal(0,0)")]
    [InlineData("decimal(39,0)")]
    [InlineData("decimal(5,6)")]
    [InlineData("decimal(5,-1)")]
    [InlineData("decimal(-5)")]
    [InlineData("decimal(5,1,1)")]
    [InlineData("decimal(5,1")]
    [InlineData("decimal(5,1))")]
    [InlineData("decimal(300,1)")]
    [InlineData("decimal(5,)")]
    [InlineData("timestamp(3) x")]
    public void What_names_no_type_is_refused(string text) => Assert.False(DataType.TryParse(text, out _));

    [Fact]
    public void Schemas_are_equal_by_their_fields_and_refuse_a_name_twice()
    {
        Field[] fields = [new("a", DataType.Int), new("b", DataType.Decimal(5, 2))];
        var (one, other) = (new Schema(fields), new Schema(fields));
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, new Schema(fields.Reverse()));
        Assert.NotEqual(one, new Schema([fields[0], new("b", DataType.Decimal(5, 3))]));
        Assert.Equal("a int, b decimal(5,2)", one.ToString());
        Assert.Equal((1, -1, null), (one.IndexOf("b"), one.IndexOf("B"), one.Find("c")));
        Assert.Contains("column a appears twice", Assert.Throws<ArgumentException>(() => new Schema([fields[0], fields[0]])).Message, StringComparison.Ordinal);
    }
}
