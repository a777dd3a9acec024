using System.Text.RegularExpressions;

namespace StreamForge.Sql.Functions;

/// <summary>Regular expressions, with a bound on the time that one match may take.</summary>
internal static class Patterns
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The compiled pattern, or null and what is wrong with it.</summary>
    public static Regex? Compile(string pattern, out string problem)
    {
        problem = "";
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            problem = $"'{pattern}' is no regular expression: {e.Message}";
            return null;
        }
    }
}
