using StreamForge.Core;

namespace StreamForge.Tests.Sql;

public class SyntaxErrorTests
{
    private static readonly Schema Orders = new([
        new("amount", DataType.Decimal(10, 3)), new("quantity", DataType.Int), new("name", DataType.String), new("created", DataType.Timestamp),
        new("Zip", DataType.String), new("ZIP", DataType.String), new("tags", new DataType(TypeKind.Array))]);

    [Theory]
    [InlineData("SELECT amount FORM {{ input }}", "1:15: expected FROM, found 'FORM'")]
    [InlineData("SELECT amount\nFORM t", "2:1: expected FROM, found 'FORM'")]
    [InlineData("SELEC amount FROM t", "1:1: expected SELECT, found 'SELEC'")]
    [InlineData("SELECT FROM t", "1:8: expected an expression, found 'FROM'")]
    [InlineData("SELECT amount FROM", "1:19: expected {{ input }}, found the end of the text")]
    [InlineData("SELECT amount FROM {{ inputs }}", "1:20: expected {{ input }}")]
    [InlineData("SELECT (amount FROM t", "1:16: expected an operator or ')', found 'FROM'")]
    [InlineData("SELECT amount FROM t WHERE", "1:27: expected an expression, found the end of the text")]
    [InlineData("SELECT amount FROM t a b", "1:24: expected WHERE or the end of the query, found 'b'")]
    [InlineData("SELECT amount FROM t WHERE amount > 1 2", "1:39: expected an operator or the end of the query, found '2'")]
    [InlineData("SELECT 'abc FROM t", "1:8: the string has no closing quote (')")]
    [InlineData("SELECT `abc FROM t", "1:8: the quoted name has no closing quote (`)")]
    [InlineData("SELECT amount /* so FROM t", "1:15: the comment has no end (*/)")]
    [InlineData("SELECT amount ? 2 FROM t", "1:15: unexpected character '?'")]
    [InlineData("SELECT 12ab FROM t", "1:10: unexpected character 'a' in a number; quote a name that begins with a digit")]
    [InlineData("SELECT CASE WHEN amount > 1 amount END FROM t", "1:29: expected THEN, found 'amount'")]
    [InlineData("SELECT CASE amount FROM t", "1:20: expected WHEN, found 'FROM'")]
    [InlineData("SELECT CASE WHEN TRUE THEN 1 FROM t", "1:30: expected WHEN, ELSE or END, found 'FROM'")]
    [InlineData("SELECT amount NOT 5 FROM t", "1:19: expected IN, BETWEEN or LIKE after NOT, found '5'")]
    [InlineData("SELECT amount IS 5 FROM t", "1:18: expected NULL, NOT, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS, found '5'")]
    [InlineData("SELECT CAST(amount, INT) FROM t", "1:19: expected AS, found ','")]
    [InlineData("SELECT CAST(amount AS INTT) FROM t", "1:23: unknown type 'INTT'; did you mean 'INT'?")]
    [InlineData("SELECT CAST(amount AS DECIMAL(50, 2)) FROM t", "1:23: a decimal has 1 to 38 digits, and not more of them after the point than in all")]
    [InlineData("SELECT amount AS select FROM t", "1:18: expected a column's name after AS, found the keyword 'select'; quote it (`select`) if it is a name")]
    [InlineData("SELECT INTERVAL '5' FOO + created FROM t", "1:21: expected a unit of time, such as MINUTE, found 'FOO'")]
    [InlineData("SELECT created + INTERVAL 'x' DAY FROM t", "1:27: expected a whole number in the interval, found 'x'")]
    [InlineData("SELECT amount,\n  -- the sum\n  quantity + FROM t", "3:14: expected an expression, found 'FROM'")]
    public void A_syntax_error_names_its_place_and_what_was_expected(string sql, string error) =>
        Assert.Equal([error], Rows.QueryErrors(sql, Orders));

    [Theory]
    [InlineData("SELECT DISTINCT amount FROM t", "1:8: DISTINCT")]
    [InlineData("SELECT a.amount FROM t a RIGHT JOIN u ON a.x = u.x", "1:26: RIGHT JOIN")]
    [InlineData("SELECT amount FROM t FULL OUTER JOIN u ON TRUE", "1:22: FULL JOIN")]
    [InlineData("SELECT amount FROM t CROSS JOIN u", "1:22: CROSS JOIN")]
    [InlineData("SELECT amount FROM t NATURAL JOIN u", "1:22: NATURAL JOIN")]
    [InlineData("SELECT amount FROM t LEFT JOIN (SELECT 1) ON TRUE", "1:32: a subquery in a join")]
    [InlineData("SELECT amount FROM t LEFT JOIN u USING (x)", "1:34: USING in a join (write ON)")]
    [InlineData("SELECT amount FROM t JOIN u FOR SYSTEM_TIME AS OF now ON TRUE", "1:29: FOR SYSTEM_TIME AS OF (lookup tables are read at start)")]
    [InlineData("SELECT amount FROM t, u", "1:21: a join of several inputs")]
    [InlineData("SELECT amount FROM t GROUP BY amount", "1:22: GROUP BY")]
    [InlineData("SELECT amount FROM t WHERE TRUE ORDER BY amount", "1:33: ORDER BY")]
    [InlineData("SELECT amount FROM t LIMIT 5", "1:22: LIMIT")]
    [InlineData("SELECT amount FROM t UNION SELECT 1 FROM t", "1:22: UNION")]
    [InlineData("SELECT amount FROM (SELECT * FROM t)", "1:20: a subquery in FROM")]
    [InlineData("SELECT (SELECT 1) FROM t", "1:9: a subquery")]
    [InlineData("SELECT amount IN (SELECT 1) FROM t", "1:19: a subquery in IN")]
    [InlineData("SELECT EXISTS (SELECT 1) FROM t", "1:8: EXISTS")]
    [InlineData("SELECT ROW_NUMBER() OVER (ORDER BY amount) FROM t", "1:21: OVER")]
    [InlineData("SELECT JSON_QUERY(name, '$.a' RETURNING ARRAY<STRING>) FROM t", "1:41: a cast to ARRAY")]
    [InlineData("SELECT COUNT(*) FROM t", "1:8: the aggregate COUNT(*) in a transformation")]
    public void What_is_not_built_yet_says_so(string sql, string what) =>
        Assert.Equal([$"{what} is not supported yet"], Rows.QueryErrors(sql, Orders));

    [Theory]
    [InlineData("amout", "1:1: unknown column 'amout'; did you mean 'amount'?")]
    [InlineData("zip", "1:1: the name 'zip' is ambiguous: it may mean Zip or ZIP")]
    [InlineData("`AMOUNT`", "1:1: unknown column 'AMOUNT'; did you mean 'amount'?")]
    [InlineData("x.amount", "1:1: unknown input 'x'; there are input")]
    [InlineData("UPER(name)", "1:1: unknown function 'UPER'; did you mean 'UPPER'?")]
    [InlineData("SUM(amount)", "1:1: the aggregate SUM is not supported yet in a transformation; aggregates stand under features")]
    [InlineData("UPPER(quantity)", "1:7: UPPER expects a string here, quantity is int; use CAST(quantity AS STRING)")]
    [InlineData("UPPER()", "1:1: UPPER takes 1 argument, found 0")]
    [InlineData("SUBSTRING(name)", "1:1: SUBSTRING takes 2 to 3 arguments, found 1")]
    [InlineData("COALESCE()", "1:1: COALESCE takes at least 1 argument, found 0")]
    [InlineData("name = 5", "1:1: cannot compare string with int; use CAST")]
    [InlineData("name + 5", "1:1: arithmetic needs two numbers, name + 5 has string and int; use CAST for the string")]
    [InlineData("created - created", "1:1: arithmetic needs two numbers, created - created has timestamp and timestamp; use TIMESTAMPDIFF(unit, from, to)")]
    [InlineData("created > '2020-13-01'", "1:11: '2020-13-01' is no timestamp; write it like '2011-12-09 12:50:00'")]
    [InlineData("DATE '2020-02-30'", "1:1: '2020-02-30' is no date; write it like '2011-12-09'")]
    [InlineData("NOT quantity", "1:5: the operand of NOT must be boolean, quantity is int")]
    [InlineData("CASE WHEN quantity THEN 1 END", "1:11: a condition after WHEN must be boolean, quantity is int")]
    [InlineData("CASE WHEN TRUE THEN 1 ELSE name END", "1:28: the results of CASE must have a common type, name is string and those before it int; use CAST")]
    [InlineData("CAST(created AS BIGINT)", "1:1: cannot cast timestamp to bigint; use UNIX_TIMESTAMP or EXTRACT")]
    [InlineData("tags = tags", "1:1: values of type array cannot be compared; use JSON_VALUE to take a part of it")]
    [InlineData("JSON_VALUE(name, 'a.b')", "1:18: 'a.b' is no JSON path; write it like '$.items[0].price'")]
    [InlineData("JSON_VALUE(name, '$.a[*]')", "1:18: wildcards and filters in a JSON path are not supported yet in JSON_VALUE, which gives one scalar; JSON_QUERY takes wildcards and gives an array")]
    [InlineData("JSON_QUERY(name, '$..a')", "1:18: descents (..) and filters ([?…]) in a JSON path are not supported yet")]
    [InlineData("JSON_QUERY(name, '$.a' FALSE ON ERROR)", "1:24: expected WITH, WITHOUT, NULL, EMPTY, ERROR or ')', found 'FALSE'")]
    [InlineData("JSON_EXISTS(name, '$.a' NULL ON ERROR)", "1:25: expected TRUE, FALSE, UNKNOWN, ERROR or ')', found 'NULL'")]
    [InlineData("JSON_EXISTS(quantity, '$.a')", "1:13: the document of JSON_EXISTS must be a string, quantity is int")]
    [InlineData("INTERVAL '5' MINUTE", "1:1: an interval can only be added to or subtracted from a date or timestamp")]
    [InlineData("name LIKE 'a!b' ESCAPE '!'", "1:24: only %, _ and the escape character itself may follow the escape character")]
    [InlineData("DATE_FORMAT(created, 'yyyy-bb')", "1:22: unknown letter 'b' in the pattern; there are y M d D E a H k K h m s S X x Z, other text stands in single quotes")]
    public void A_wrong_name_or_type_names_its_place_and_what_would_be_right(string sql, string error) =>
        Assert.Equal([error], Rows.Errors(sql, Orders));

    [Fact]
    public void A_wrong_regular_expression_is_refused_when_it_is_bound() =>
        Assert.StartsWith("1:14: '(' is no regular expression", Assert.Single(Rows.Errors("REGEXP(name, '(')", Orders)), StringComparison.Ordinal);

    [Fact]
    public void All_errors_of_names_and_types_come_at_once() => Assert.Equal(
        [
            "1:8: unknown column 'amout'; did you mean 'amount'?",
            "2:3: unknown function 'UPPR'; did you mean 'UPPER'?",
            "3:3: cannot compare string with int; use CAST",
            "4:7: the condition after WHERE must be boolean, quantity is int",
        ],
        Rows.QueryErrors("SELECT amout,\n  UPPR(name) AS a,\n  name = 1 AS b FROM {{ input }}\nWHERE quantity", Orders));

    [Fact]
    public void The_same_output_name_twice_is_an_error() =>
        Assert.Equal(["1:11: the output column 'amount' appears twice; give one of them another name with AS"], Rows.QueryErrors("SELECT *, amount FROM t", Orders));

    [Theory]
    [InlineData("(", ")")]
    [InlineData("NOT ", "")]
    [InlineData("- ", "")]
    [InlineData("1 + (", ")")]
    [InlineData("COALESCE(1, ", ")")]
    [InlineData("CASE WHEN TRUE THEN ", " END")]
    public void Deep_nesting_is_an_error_and_not_a_crash(string open, string close)
    {
        var sql = string.Concat(Enumerable.Repeat(open, 10_000)) + "1" + string.Concat(Enumerable.Repeat(close, 10_000));
        Assert.Contains("nested deeper than 256 levels", Assert.Single(Rows.Errors(sql)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_sum_is_deep_and_a_long_condition_is_not()
    {
        Assert.Contains("nested deeper than", Assert.Single(Rows.Errors(string.Join(" + ", Enumerable.Repeat("1", 10_000)))), StringComparison.Ordinal);
        Assert.Empty(Rows.Errors(string.Join(" OR ", Enumerable.Repeat("quantity = 1", 10_000)), Orders));
        Assert.Empty(Rows.Errors(string.Join(" + ", Enumerable.Repeat("1", 250))));
    }
}
