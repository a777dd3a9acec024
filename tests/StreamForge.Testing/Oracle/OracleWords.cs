using System.Text;

namespace StreamForge.Testing.Oracle;

/// <summary>Names of the oracle's kinds as pipeline files and JSON write them: <c>last_n</c>, <c>top_k</c>.</summary>
public static class OracleWords
{
    public static string Word<T>(this T kind) where T : struct, Enum
    {
        var word = new StringBuilder();
        foreach (var letter in kind.ToString())
        {
            if (char.IsUpper(letter) && word.Length > 0) word.Append('_');
            word.Append(char.ToLowerInvariant(letter));
        }
        return word.ToString();
    }

    public static T Parse<T>(string word) where T : struct, Enum => Enum.Parse<T>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}
