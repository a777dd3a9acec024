using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Reading;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions;

/// <summary>One setting of a configuration file.</summary>
/// <param name="Values">One, or the items of a list.</param>
/// <param name="Location">Where the first value stands.</param>
public sealed record FileSetting(string Name, ImmutableArray<string> Values, SourceLocation Location);

/// <summary>Reads a program's configuration file: one mapping of names to single values or lists of them, YAML or JSON (which is YAML), with variables filled in as in pipeline files.</summary>
public static class SettingsFile
{
    /// <summary>Reads a file's text. Pure, as <see cref="PipelineFile.Parse"/>.</summary>
    /// <param name="known">The names that it may hold; any other is a fault with the nearest of them.</param>
    /// <param name="lists">Those of them that take a list.</param>
    /// <exception cref="InvalidDefinitionException">With every fault.</exception>
    public static ImmutableArray<FileSetting> Parse(string text, string fileName, Func<string, string?> variables, IReadOnlyCollection<string> known, IReadOnlyCollection<string> lists)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(lists);
        var faults = new FaultLog();
        var tree = YamlComposer.Compose(text.StartsWith('\uFEFF') ? text[1..] : text, fileName, new Variables(variables), faults);
        var settings = ImmutableArray.CreateBuilder<FileSetting>();
        if (tree is not (null or YamlScalar { IsNull: true }) && Section.Of(tree, tree.Location, "configuration", faults) is { } root)
        {
            foreach (var name in known)
            {
                if (root.Find(name) is not { } node) continue;
                var items = lists.Contains(name) && node is YamlSequence ? root.Items(name, node) : [node];
                var values = items.Select(item => root.Scalar(name, item)?.Value).ToImmutableArray();
                if (!values.IsEmpty && values.All(v => v is not null)) settings.Add(new FileSetting(name, values!, items[0].Location));
            }
            root.Close();
        }
        return faults.Count == 0 ? settings.ToImmutable() : throw new InvalidDefinitionException(faults.Faults);
    }
}
