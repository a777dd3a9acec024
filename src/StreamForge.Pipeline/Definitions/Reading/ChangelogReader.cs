using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads what a source of a changelog format says besides: <c>key</c> and <c>before</c>.</summary>
internal static class ChangelogReader
{
    /// <summary>The built formats whose records are changes.</summary>
    public static bool IsChangelog(string? format) => format == "debezium-json";

    /// <param name="format">The source's format, or null where it could not be read.</param>
    /// <returns>null for a format that only appends.</returns>
    public static ChangelogDefinition? Read(Section section, string? format)
    {
        if (format is null || (format.StartsWith("debezium", StringComparison.Ordinal) && !IsChangelog(format))) section.PassOver("key", "before");
        else if (!IsChangelog(format)) SourceReader.RefuseChangelogFields(section);
        else
        {
            var before = section.Choice("before", "value for before", section.Find("before"), ["full", "stored"]);
            return new ChangelogDefinition(Key(section), before == "stored" ? BeforeImages.Stored : BeforeImages.Full);
        }
        return null;
    }

    /// <summary>A name, or a list of names.</summary>
    private static ImmutableArray<LocatedText> Key(Section section)
    {
        var node = section.Find("key");
        var columns = ImmutableArray.CreateBuilder<LocatedText>();
        foreach (var item in node is YamlSequence sequence ? sequence.Items : node is null ? [] : [node])
        {
            if (section.Scalar("key", item) is not { } scalar) continue;
            if (string.IsNullOrWhiteSpace(scalar.Value)) section.Faults.Add(scalar.Location, "a column of 'key' needs a name, such as order_id");
            else if (columns.Any(c => c.Value == scalar.Value)) section.Faults.Add(scalar.Location, $"the key column '{scalar.Value}' is named twice; keep one of the two");
            else columns.Add(scalar.Text);
        }
        if (node is YamlSequence { Items.IsEmpty: true }) section.Faults.Add(node.Location, "'key' must name at least one column, such as [order_id]; leave it out where the records' own keys are the primary key");
        return columns.ToImmutable();
    }
}
