using System.Globalization;
using System.Reflection;
using StreamForge.Core;

namespace StreamForge.Postgres.Schema;

/// <summary>One step of the schema, from an embedded script <c>NNN-name.sql</c>. A script that has been published never changes; what changes the tables is a new one.</summary>
/// <param name="Version">Its number, from 1 without gaps.</param>
/// <param name="Name">Such as <c>keys-and-records</c>.</param>
/// <param name="Text">Statements with unqualified names.</param>
internal sealed record SchemaScript(int Version, string Name, string Text)
{
    /// <summary>All scripts, in order.</summary>
    public static IReadOnlyList<SchemaScript> All { get; } = Load();

    /// <summary>XXH64 of the text, as 16 hexadecimal digits; kept beside the version, so that a schema that was made by another text is noticed.</summary>
    public string Checksum => XxHash64.Hash(System.Text.Encoding.UTF8.GetBytes(Text)).ToString("x16", CultureInfo.InvariantCulture);

    private static SchemaScript[] Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames().Where(static n => n.StartsWith("schema/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select((resource, index) =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                return int.Parse(resource.AsSpan("schema/".Length, 3), CultureInfo.InvariantCulture) == index + 1
                    ? new SchemaScript(index + 1, resource["schema/000-".Length..^".sql".Length], reader.ReadToEnd().ReplaceLineEndings("\n"))
                    : throw new InvalidOperationException($"the schema's scripts are not numbered without gaps: {resource}");
            }),
        ];
    }
}
