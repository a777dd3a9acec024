using StreamForge.Core;

namespace StreamForge.Tests.Plans;

public sealed class FingerprintTests
{
    private const string Written = """
        transformations:
          - {name: a, type: sql_transform, input: s, sql: "SELECT user, country, price, quantity FROM s WHERE price > 0", expect: [{must: quantity > 0}]}
        features:
          - view: v
            input: a
            entity: [user]
            windows: [1h, lifetime]
            aggregates:
              - {name: spend, function: sum, of: price * quantity, where: "country = ';'"}
              - {name: kinds, function: distinct, of: country, exact_up_to: 100}
        """;

    private static string[] Of(string text, Schema? columns = null) => [.. PlanCase.Plan(text, columns).Views[0].Fingerprint];

    private static string[] Changed(string from, string to)
    {
        Assert.Contains(from, Written, StringComparison.Ordinal);
        return Of(Written.Replace(from, to, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SELECT user, country, price, quantity FROM s WHERE price > 0", "select user,\\n country, price , quantity -- all of them\\n from s where price>0")]
    [InlineData("must: quantity > 0", "must: quantity>0 /* as ever */")]
    [InlineData("of: price * quantity", "of: price*quantity")]
    [InlineData("country = ';'", "country=';'")]
    [InlineData("name: spend", "name: outlay")]
    [InlineData("name: spend,", "name: spend, description: what was spent,")]
    [InlineData("windows: [1h, lifetime]", "windows: [lifetime, 1h]")]
    [InlineData("view: v", "view: v\n    ttl: 3d")]
    public void What_does_not_touch_the_state_leaves_it_as_it_is(string from, string to) => Assert.Equal(Of(Written), Changed(from, to));

    [Theory]
    [InlineData("WHERE price > 0", "WHERE price > 1")]
    [InlineData("country, price, quantity FROM", "country, price, quantity + 1 AS quantity FROM")]
    [InlineData("must: quantity > 0", "must: quantity > 1")]
    [InlineData("entity: [user]", "entity: [country]")]
    [InlineData("entity: [user]", "entity: [{name: user, type: string}]")]
    [InlineData("country = ';'", "country = ';;'")]
    [InlineData("country = ';'", "country = 'x'")]
    [InlineData("windows: [1h, lifetime]", "windows: [2h, lifetime]")]
    [InlineData("windows: [1h, lifetime]", "windows: [30m, lifetime]")]
    [InlineData("windows: [1h, lifetime]", "windows: [1h, 7d, lifetime]")]
    [InlineData("windows: [1h, lifetime]", "windows: [1h]")]
    [InlineData("function: sum", "function: max")]
    [InlineData("exact_up_to: 100", "exact_up_to: 101")]
    [InlineData("view: v", "view: v\n    resolution: 5m")]
    public void What_changes_the_state_changes_it(string from, string to) => Assert.NotEqual(Of(Written), Changed(from, to));

    [Theory]
    [InlineData("price", "decimal(10,2)")]
    [InlineData("price", "int")]
    [InlineData("user", "string")]
    public void A_column_of_another_type_changes_it(string column, string type)
    {
        Assert.True(DataType.TryParse(type, out var other));
        var columns = new Schema(PlanCase.Columns.Fields.Select(f => f.Name == column ? f with { Type = other } : f));
        Assert.NotEqual(Of(Written), Of(Written, columns));
    }

    [Fact]
    public void Allowed_lateness_is_part_of_it_since_tiles_are_kept_by_it()
    {
        var text = PlanCase.Head.Replace("event_time: t", "event_time: t, watermark: {allowed_lateness: 1h}", StringComparison.Ordinal) + Written;
        var late = PlanCase.Result(text).Plan!.Views[0];
        Assert.Contains(late.Fingerprint.Except(Of(Written)), line => line == "tiles 1m kept 2h");
    }
}
