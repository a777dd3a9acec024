using System.Globalization;
using System.Text;

namespace StreamForge.Formats.Avro.Columns;

/// <summary>Names that Avro allows: a letter or <c>_</c>, then letters, digits and <c>_</c> (Avro 1.12, "Names"). Others are rewritten as Iceberg's writers do, and keep their own in <c>iceberg-field-name</c>.</summary>
public static class AvroNames
{
    public static bool IsAllowed(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>The name with every character that is not allowed as <c>_x</c> and its code in hexadecimal (<c>unit price</c> becomes <c>unit_x20price</c>), and <c>_</c> before a leading digit.</summary>
    public static string Sanitize(string name)
    {
        if (IsAllowed(name)) return name;
        var result = new StringBuilder();
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) result.Append('_');
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '_') result.Append(c);
            else result.Append(CultureInfo.InvariantCulture, $"_x{(int)c:X}");
        }
        return result.ToString();
    }
}
