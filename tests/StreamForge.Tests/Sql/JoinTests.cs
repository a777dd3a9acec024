using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Sql;
using StreamForge.Sql.Lookups;

namespace StreamForge.Tests.Sql;

public class JoinTests
{
    private static readonly ColumnBatch Orders = Rows.Batch(
        ("id", DataType.Int, [1, 2, 3, 4]), ("Code", DataType.String, ["a", "b", null, "zz"]), ("qty", DataType.Int, [10, 20, 30, 40]), ("when", DataType.Date, ["2024-01-01", "2024-01-02", "2024-01-02", null]));

    private static readonly LookupTable Products = Table(
        "products", ["Code"], ("Code", DataType.String, ["b", "a", null, "c"]), ("Description", DataType.String, ["bee", "ay", "none", "sea"]), ("price", DataType.Decimal(6, 2), [(Int128)150, (Int128)250, null, (Int128)1]));

    private static readonly LookupTable Days = Table(
        "days", ["d", "kind"], ("d", DataType.Date, ["2024-01-01", "2024-01-02", "2024-01-02"]), ("kind", DataType.String, ["a", "a", "b"]), ("factor", DataType.Double, [1.5, 2.5, 3.5]));

    [Theory]
    [InlineData("SELECT id, products.Description FROM {{ input }} LEFT JOIN products ON products.Code = Code", "1,ay|2,bee|3,|4,")]
    [InlineData("SELECT id, Description FROM {{ input }} AS o LEFT OUTER JOIN products AS p ON o.Code = p.Code", "1,ay|2,bee|3,|4,")]
    [InlineData("SELECT o.id, P.description FROM orders o JOIN PRODUCTS p ON p.code = o.code", "1,ay|2,bee")]
    [InlineData("SELECT id, price * qty AS amount FROM {{ input }} INNER JOIN products ON products.Code = Code WHERE price > 2", "1,25.00")]
    [InlineData("SELECT id, Description FROM {{ input }} LEFT JOIN products ON products.Code = Code WHERE qty > 15", "2,bee|3,|4,")]
    [InlineData("SELECT id FROM {{ input }} LEFT JOIN products ON products.Code = Code WHERE Description IS NULL", "3|4")]
    [InlineData("SELECT id, Description FROM {{ input }} LEFT JOIN products ON products.Code = CASE WHEN id = 3 THEN 'c' ELSE LOWER(Code) END", "1,ay|2,bee|3,sea|4,")]
    [InlineData("SELECT id, factor FROM {{ input }} LEFT JOIN days ON days.kind = Code AND days.d = `when`", "1,1.5|2,3.5|3,|4,")]
    [InlineData("SELECT id, factor FROM {{ input }} JOIN days ON `when` = d AND Code = kind", "1,1.5|2,3.5")]
    [InlineData("SELECT id, p.price, d.factor FROM {{ input }} i LEFT JOIN products p ON p.Code = i.Code LEFT JOIN days d ON d.d = i.`when` AND d.kind = p.Code", "1,2.50,1.5|2,1.50,3.5|3,,|4,,")]
    [InlineData("SELECT id, a.Description AS x, b.Description AS y FROM {{ input }} LEFT JOIN products a ON a.Code = input.Code JOIN products b ON b.Code = 'c'", "1,ay,sea|2,bee,sea|3,,sea|4,,sea")]
    [InlineData("SELECT p.* FROM {{ input }} JOIN products p ON p.Code = Code", "a,ay,2.50|b,bee,1.50")]
    [InlineData("SELECT id, Description FROM {{ input }} LEFT JOIN products ON products.Code = NULL", "1,|2,|3,|4,")]
    public void A_row_meets_the_row_that_has_its_key(string sql, string expected) => Assert.Equal(expected, Run(sql, Orders));

    [Fact]
    public void A_star_takes_all_tables_and_numbers_names_that_come_again()
    {
        var query = Compile("SELECT * FROM {{ input }} LEFT JOIN products ON products.Code = Code", Orders.Schema);
        Assert.Equal(["id", "Code", "qty", "when", "Code0", "Description", "price"], query.Output.Fields.Select(f => f.Name));
        Assert.Equal(
            ["1,a,10,2024-01-01,a,ay,2.50", "2,b,20,2024-01-02,b,bee,1.50", "3,,30,2024-01-02,,,", "4,zz,40,,,,"],
            Run("SELECT * FROM {{ input }} LEFT JOIN products ON products.Code = Code", Orders).Split('|'));
    }

    [Theory]
    [InlineData("SELECT id FROM {{ input }} LEFT JOIN prodcts ON prodcts.Code = Code", "1:38: unknown lookup 'prodcts'; did you mean 'products'?")]
    [InlineData("SELECT id, u.x, y FROM {{ input }} JOIN u ON u.Code = Code", "1:41: unknown lookup 'u'; there are products, days")]
    [InlineData("SELECT Code FROM {{ input }} JOIN products ON products.Code = Code", "1:8: the name 'Code' is ambiguous: it may mean input.Code or products.Code")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON Code = Code", "1:45: the name 'Code' is ambiguous: it may mean input.Code or products.Code")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Code > Code", "1:45: a join by anything but equality with the lookup's key, such as products.Code = …, is not supported yet")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Code = Code OR TRUE", "1:45: a join by anything but equality with the lookup's key, such as products.Code = …, is not supported yet")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Description = Code", "1:45: Description is not in the key of products, which is Code")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Cod = Code", "1:45: unknown column 'Cod'; did you mean 'Code'?")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Code = Cod", "1:61: unknown column 'Cod'; did you mean 'Code'?")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Code = id", "1:45: cannot compare string with int; use CAST")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON products.Code = products.Description", "1:61: products.Description is a column of the lookup too; compare its key with an expression of the input, such as products.Code = …")]
    [InlineData("SELECT id FROM {{ input }} JOIN products ON input.Code = 'a'", "1:45: the condition must compare the key of products with an expression of the input, such as products.Code = …")]
    [InlineData("SELECT id FROM {{ input }} JOIN days ON days.kind = Code", "1:41: the key of days is d, kind; compare d too")]
    [InlineData("SELECT id FROM {{ input }} JOIN days ON kind = Code AND days.kind = 'x' AND d = `when`", "1:57: the key kind of days is compared twice")]
    [InlineData("SELECT id FROM {{ input }} p JOIN products p ON p.Code = 'x'", "1:35: the name 'p' is already taken in this query; give the lookup another one with AS")]
    [InlineData("SELECT products.Description, days.* FROM {{ input }}", "1:8: unknown input 'products'; there are input|1:30: unknown input 'days'; there are input")]
    [InlineData("SELECT p.Descripton FROM {{ input }} JOIN products p ON p.Code = Code", "1:8: unknown column 'Descripton'; did you mean 'Description'?")]
    [InlineData("SELECT i.Code, p.Code FROM {{ input }} i JOIN products p ON p.Code = Code", "1:16: the output column 'Code' appears twice; give one of them another name with AS")]
    [InlineData("SELECT id FROM {{ input }} LEFT products ON 1 = 1", "1:33: expected JOIN, found 'products'")]
    [InlineData("SELECT id FROM {{ input }} JOIN products WHERE TRUE", "1:42: expected ON, found 'WHERE'")]
    public void A_wrong_join_names_its_place_and_what_would_be_right(string sql, string errors) =>
        Assert.Equal(errors.Split('|'), SqlQuery.Compile(sql, Orders.Schema, Tables).Errors.Select(e => e.ToString()));

    [Fact]
    public void A_lookup_that_is_not_declared_says_where_to_declare_it() => Assert.Equal(
        ["1:33: unknown lookup 'products'; declare it under 'lookups' of the transformation"],
        Rows.QueryErrors("SELECT id FROM {{ input }} JOIN products ON products.Code = Code", Orders.Schema));

    [Fact]
    public void Only_what_is_read_is_joined()
    {
        var query = Compile("SELECT id, qty + 1 AS more, p.price FROM {{ input }} LEFT JOIN products p ON p.Code = Code", Orders.Schema);
        Assert.Equal(["id", "Code", "qty"], query.ColumnsRead.ToArray());
        Assert.Equal("products", Assert.Single(query.Lookups).Name);
        var narrow = query.Restrict(new HashSet<string> { "id" });
        Assert.Equal(["id"], narrow.ColumnsRead.ToArray());
        Assert.Empty(narrow.Lookups);
        Assert.Equal("1|2|3|4", Run(narrow, Orders));
        var inner = Compile("SELECT id, qty FROM {{ input }} JOIN products p ON p.Code = Code", Orders.Schema).Restrict(new HashSet<string> { "qty" });
        Assert.Equal("10|20", Run(inner, Orders));
    }

    [Fact]
    public void Restricting_to_the_second_of_two_joins_keeps_its_columns_in_place()
    {
        var query = Compile("SELECT id, p.price, factor FROM {{ input }} LEFT JOIN products p ON p.Code = Code LEFT JOIN days ON d = `when` AND kind = input.Code", Orders.Schema);
        Assert.Equal("1.5|3.5||", Run(query.Restrict(new HashSet<string> { "factor" }).Restrict(new HashSet<string> { "factor" }), Orders));
        Assert.Equal("1,1.5|2,3.5|3,|4,", Run(query.Restrict(new HashSet<string> { "id", "factor" }), Orders));
    }

    [Fact]
    public void The_canonical_text_does_not_depend_on_aliases_blanks_or_case()
    {
        var a = Compile("select id, p.description from {{ input }} i left join products as p on p.code = i.code and true = true".Replace(" and true = true", "", StringComparison.Ordinal), Orders.Schema);
        var b = Compile("SELECT input.id,\n products.Description FROM {{ input }}  LEFT OUTER JOIN products ON Code = products.Code -- by code", Orders.Schema);
        Assert.Equal("SELECT `id` AS `id`, `products`.`Description` AS `Description` FROM {{ input }} LEFT JOIN `products` ON `products`.`Code` = `Code`", a.Canonical);
        Assert.Equal(a.Canonical, b.Canonical);
        Assert.NotEqual(a.Canonical, Compile("SELECT id, p.Description FROM {{ input }} JOIN products p ON p.Code = Code", Orders.Schema).Canonical);
    }

    [Fact]
    public void A_row_whose_key_fails_is_reported_by_its_number_and_left_out()
    {
        var query = Compile("SELECT id, factor FROM {{ input }} LEFT JOIN days ON days.d = CAST(Code AS DATE) AND days.kind = 'a' WHERE id > 1", Orders.Schema);
        var errors = new RowErrors();
        var result = query.Execute(Orders, Rows.Context(), errors);
        Assert.Equal(["3"], Rows.Texts(result["id"]));
        Assert.Equal([2L], result.Headers.Positions.ToArray());
        Assert.Equal([1, 3], errors.Reasons.Keys.Order());
        result.Release();
    }

    [Theory]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN n ON n.k = id", "1,one|2,two|3,|4,")]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN n ON n.k = id * 1.0", "1,one|2,two|3,|4,")]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN n ON n.k = id + 0.5", "1,|2,|3,|4,")]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN n ON n.k = CAST(id AS DOUBLE)", "1,one|2,two|3,|4,")]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN m ON m.k = id", "1,|2,two|3,|4,")]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN m ON m.k = 2.50000", "1,half|2,half|3,half|4,half")]
    [InlineData("SELECT id, v FROM {{ input }} LEFT JOIN x ON x.k = 0e0", "1,zero|2,zero|3,zero|4,zero")]
    public void Numbers_are_equal_by_value(string sql, string expected)
    {
        var tables = new[]
        {
            Table("n", ["k"], ("k", DataType.BigInt, [1L, 2L]), ("v", DataType.String, ["one", "two"])),
            Table("m", ["k"], ("k", DataType.Decimal(5, 2), [(Int128)200, (Int128)250]), ("v", DataType.String, ["two", "half"])),
            Table("x", ["k"], ("k", DataType.Double, [-0.0, double.NaN, double.NaN]), ("v", DataType.String, ["zero", "nan", "nan"])),
        };
        Assert.Equal(expected, Run(SqlQuery.Compile(sql, Orders.Schema, tables.ToDictionary(t => t.Name)).Require(), Orders));
    }

    [Fact]
    public void A_key_that_two_rows_have_makes_no_table()
    {
        var schema = new Schema([new("k", DataType.Int), new("v", DataType.Int)]);
        Assert.Null(LookupTable.TryCreate(
            new LookupDescription("t", "t.csv", schema, ["k"], 4, 0, ""), [Rows.Column(DataType.Int, 5, null, 7, 5), Rows.Column(DataType.Int, 1, 2, 3, 4)], out var duplicate));
        Assert.Equal((0, 3), duplicate);
    }

    [Fact]
    public void The_join_is_what_a_loop_over_both_tables_gives()
    {
        var key = Gen.Frequency((1, Gen.Constant((string?)null)), (8, Gen.Choose(0, 12).Select(n => (string?)new string((char)('a' + (n % 6)), n / 2))));
        var small = Gen.Frequency((1, Gen.Constant((int?)null)), (8, Gen.Choose(0, 3).Select(n => (int?)n)));
        var rows = key.Zip(small).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(
            Arb.From(rows.Zip(rows).Zip(ArbMap.Default.GeneratorFor<bool>())),
            sample => Agrees([.. sample.Item1.Item1], [.. sample.Item1.Item2.Where(r => r is { Item1: not null, Item2: not null }).Distinct(), (null, 1), (null, 1)], sample.Item2)));
    }

    private static bool Agrees((string? A, int? B)[] left, (string? A, int? B)[] right, bool isInner)
    {
        var input = Rows.Batch(("a", DataType.String, [.. left.Select(r => r.A)]), ("b", DataType.Int, [.. left.Select(r => (object?)r.B)]), ("n", DataType.Int, [.. left.Select((_, i) => (object?)i)]));
        var table = Table(
            "t", ["x", "y"], ("x", DataType.String, [.. right.Select(r => r.A)]), ("y", DataType.BigInt, [.. right.Select(r => (object?)(long?)r.B)]), ("v", DataType.Int, [.. right.Select((_, i) => (object?)i)]));
        var query = SqlQuery.Compile(
            $"SELECT n, v FROM {{{{ input }}}} {(isInner ? "" : "LEFT")} JOIN t ON t.y = b AND a = t.x WHERE n <> 2", input.Schema, new Dictionary<string, LookupTable> { ["t"] = table }).Require();
        var expected =
            from l in left.Select((row, n) => (row, n)).Where(l => l.n != 2)
            let found = right.Select((row, v) => (row, v)).Where(r => l.row.A != null && l.row.B != null && r.row.A == l.row.A && r.row.B == l.row.B).Select(r => (int?)r.v).FirstOrDefault()
            where found is not null || !isInner
            select $"{l.n},{found}";
        var actual = Run(query, input);
        input.Release();
        return actual == string.Join('|', expected);
    }

    private static Dictionary<string, LookupTable> Tables => new() { ["products"] = Products, ["days"] = Days };

    private static LookupTable Table(string name, string[] key, params (string Name, DataType Type, object?[] Values)[] columns) => LookupTable.TryCreate(
        new LookupDescription(name, name + ".csv", new Schema(columns.Select(c => new Field(c.Name, c.Type))), [.. key], columns[0].Values.Length, 0, ""),
        [.. columns.Select(c => Rows.Column(c.Type, c.Values))], out _)!;

    private static SqlQuery Compile(string sql, Schema schema) => SqlQuery.Compile(sql, schema, Tables).Require();

    private static string Run(string sql, ColumnBatch input) => Run(Compile(sql, input.Schema), input);

    /// <summary>The result's rows, cells with commas between them and rows with bars.</summary>
    private static string Run(SqlQuery query, ColumnBatch input)
    {
        var errors = new RowErrors();
        var result = query.Execute(input, Rows.Context(), errors);
        Assert.Empty(errors.Reasons);
        var rows = Enumerable.Range(0, result.Count).Select(row => string.Join(',', Enumerable.Range(0, result.Schema.Count).Select(c => Rows.Text(result[c], row))));
        var text = string.Join('|', rows);
        result.Release();
        return text;
    }
}
