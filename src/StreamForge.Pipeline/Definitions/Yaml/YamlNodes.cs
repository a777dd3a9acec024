using System.Collections.Immutable;

namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>A node of the file's tree, with the place where it begins.</summary>
internal abstract class YamlNode(SourceLocation location)
{
    public SourceLocation Location { get; } = location;

    /// <summary>The node's kind in words, with its article.</summary>
    public abstract string Kind { get; }
}

/// <param name="text">The value, variables filled in, with its places.</param>
/// <param name="written">The value before variables were filled in.</param>
/// <param name="plain">Neither quoted nor a block, so that <c>5</c> is a number and <c>null</c> is null.</param>
/// <param name="readable">false when a variable in it is missing; that fault is reported already.</param>
internal sealed class YamlScalar(SourceLocation location, LocatedText text, string written, bool plain, bool readable) : YamlNode(location)
{
    public LocatedText Text { get; } = text;

    public string Value => Text.Value;

    public bool Plain { get; } = plain;

    public bool Readable { get; } = readable;

    /// <summary>For messages: as it stands in the file, so that a message never shows a variable's value.</summary>
    public string Quoted { get; } = DefinitionText.Quote(written);

    public bool IsNull => Plain && Value is "" or "~" or "null" or "Null" or "NULL";

    public override string Kind => IsNull ? "nothing" : "a single value";
}

internal sealed class YamlSequence(SourceLocation location, ImmutableArray<YamlNode> items) : YamlNode(location)
{
    public ImmutableArray<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>Entries in the file's order; keys are distinct.</summary>
internal sealed class YamlMapping(SourceLocation location, ImmutableArray<YamlEntry> entries) : YamlNode(location)
{
    public ImmutableArray<YamlEntry> Entries { get; } = entries;

    public override string Kind => "a mapping";
}

internal readonly record struct YamlEntry(YamlScalar Key, YamlNode Value);
