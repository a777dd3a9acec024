using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Functions with regular expressions. A pattern that is a constant is compiled, and refused, when the text is bound.</summary>
internal static class PatternFunctions
{
    private delegate void PatternKernel(RowCall call, Regex pattern);

    public static IEnumerable<Function> All =>
    [
        new("REGEXP", "ss", call => Bind(call, DataType.Boolean, IsMatch)),
        new("REGEXP_EXTRACT", "ss?i", call => Bind(call, DataType.String, Extract)),
        new("REGEXP_REPLACE", "sss", call => Bind(call, DataType.String, Replace)),
    ];

    private static Expression? Bind(CallSite call, DataType type, PatternKernel kernel)
    {
        Regex? known = null;
        if (call.Constant(1) is { } constant)
        {
            known = Patterns.Compile(constant.Text, out var problem);
            if (known is null) return call.Fail(1, problem);
        }
        return call.Row(type, row =>
        {
            var pattern = known ?? row.Frame.Context.Pattern(row.Text(1));
            if (pattern is null)
            {
                row.Fail($"'{row.Text(1)}' is no regular expression");
                return;
            }
            try
            {
                kernel(row, pattern);
            }
            catch (RegexMatchTimeoutException)
            {
                row.Fail("the regular expression took longer than a second");
            }
        });
    }

    private static void IsMatch(RowCall call, Regex pattern)
    {
        var bytes = call.Bytes(0);
        var characters = ArrayPool<char>.Shared.Rent(Math.Max(bytes.Length, 1));
        try
        {
            var length = Encoding.UTF8.GetChars(bytes, characters);
            call.Return(pattern.IsMatch(characters.AsSpan(0, length)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>Group n (0, the default, for the whole) of the first match; null when there is none.</summary>
    private static void Extract(RowCall call, Regex pattern)
    {
        var group = call.Count > 2 ? call.Integer(2) : 0;
        var match = pattern.Match(call.Text(0));
        if (!match.Success || group < 0 || group >= match.Groups.Count || !match.Groups[(int)group].Success) call.ReturnNull();
        else call.Return(match.Groups[(int)group].Value);
    }

    private static void Replace(RowCall call, Regex pattern) => call.Return(pattern.Replace(call.Text(0), call.Text(2)));
}
