using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>
/// One mapping of the file while it is read. A field becomes known by being asked for; <see cref="Close"/> then reports every entry that nobody
/// asked for, with the nearest known name. Each getter reports what is wrong with its value at the value's place and returns null, so that
/// reading goes on; a value of null counts as absent; a value whose variable is missing returns null in silence, because that is reported already.
/// </summary>
/// <param name="place">Where faults of the whole section are reported: its name, or its first field.</param>
/// <param name="what">The section in words, such as <c>source 'orders'</c>; messages put "the" or "a" before it as they need.</param>
internal sealed class Section(YamlMapping mapping, SourceLocation place, string what, FaultLog faults)
{
    /// <summary>Longer spans leave the years 1 to 9999, and sums of them would leave 64 bits.</summary>
    private const long LongestDuration = 3_652_059 * EventTime.Day;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public SourceLocation Place => place;

    public string What => what;

    public FaultLog Faults => faults;

    /// <summary>The section of <paramref name="node"/>, or null after a fault when it is no mapping.</summary>
    public static Section? Of(YamlNode node, SourceLocation place, string what, FaultLog faults)
    {
        if (node is YamlMapping mapping) return new Section(mapping, place, what, faults);
        if (node is not YamlScalar { Readable: false }) faults.Add(node.Location, $"the {what} must be a mapping of fields, not {node.Kind}");
        return null;
    }

    /// <summary>The value of <paramref name="field"/>, or null where it is absent or null.</summary>
    public YamlNode? Find(string field)
    {
        _known.Add(field);
        var value = mapping.Entries.FirstOrDefault(e => e.Key.Value == field).Value;
        return value is YamlScalar { IsNull: true, Readable: true } ? null : value;
    }

    /// <summary>The key of <paramref name="field"/>, or null where it is absent.</summary>
    public YamlScalar? Key(string field)
    {
        _known.Add(field);
        return mapping.Entries.FirstOrDefault(e => e.Key.Value == field).Key;
    }

    /// <summary>The value of a field that must be there.</summary>
    /// <param name="example">What would be right, such as <c>path: orders/*.csv</c>.</param>
    public YamlNode? Require(string field, string example)
    {
        var node = Find(field);
        if (node is null) faults.Add(Key(field)?.Location ?? place, $"the {what} needs '{field}', such as {example}");
        return node;
    }

    /// <summary>Reports <paramref name="fields"/> where they are given, as parts of the contract that are not built.</summary>
    public void NotYet(string sentence, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (Key(field) is { } key) faults.Add(key.Location, $"{(sentence.Length == 0 ? $"'{field}'" : sentence)} is not supported yet; remove it");
        }
    }

    /// <summary>Reports a field where it is given, without making it known to those who misspell another.</summary>
    public void Refuse(string field, string sentence)
    {
        if (!mapping.Entries.Any(e => e.Key.Value == field)) return;
        faults.Add(Key(field)!.Location, sentence);
    }

    /// <summary>Makes fields known whose values matter no more, because what they belong to is refused.</summary>
    public void PassOver(params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields) _known.Add(field);
    }

    /// <summary>Reports the fields that nobody asked for.</summary>
    public void Close()
    {
        foreach (var (key, _) in mapping.Entries.Where(e => !_known.Contains(e.Key.Value)))
            faults.Add(key.Location, $"unknown field {key.Quoted}{(NearestName.Find(key.Value, _known) is null ? $" in the {what}" : "")}{DefinitionText.Suggest(key.Value, _known)}");
    }

    /// <summary>A single value as text.</summary>
    public LocatedText? Text(string field) => Scalar(field, Find(field))?.Text;

    /// <summary>A single value that must be there and not be blank.</summary>
    public LocatedText? RequireText(string field, string example)
    {
        if (Scalar(field, Require(field, example)) is not { } scalar) return null;
        if (!string.IsNullOrWhiteSpace(scalar.Value)) return scalar.Text;
        faults.Add(scalar.Location, $"'{field}' must not be empty; write for example {example}");
        return null;
    }

    /// <summary>One of the names in <paramref name="built"/> or, after a fault, of those in <paramref name="later"/>.</summary>
    public string? Choice(string field, string kind, YamlNode? node, string[] built, params string[] later)
    {
        if (Scalar(field, node) is not { } scalar) return null;
        if (built.Contains(scalar.Value, StringComparer.Ordinal)) return scalar.Value;
        if (later.Contains(scalar.Value, StringComparer.Ordinal))
        {
            faults.Add(scalar.Location, $"the {kind} {scalar.Quoted} is not supported yet; {(built.Length == 0 ? "leave it out" : "use " + DefinitionText.Or(built))}");
            return scalar.Value;
        }
        faults.Add(scalar.Location, $"unknown {kind} {scalar.Quoted}{DefinitionText.Suggest(scalar.Value, [.. built, .. later])}");
        return null;
    }

    /// <summary>A duration in microseconds.</summary>
    public long? Duration(string field, bool zero = false)
    {
        var result = Parse(field, "a duration: an integer and us, ms, s, m, h or d, such as 30s", text => Core.Duration.TryParse(text, out var micros) ? micros : null as long?);
        return result is null ? null : CheckDuration(field, result.Value, Find(field)!.Location, zero);
    }

    /// <summary>Reports a duration that makes no sense where it stands.</summary>
    public long? CheckDuration(string field, long micros, SourceLocation at, bool zero = false)
    {
        if (micros == 0 && !zero) faults.Add(at, $"'{field}' must be longer than 0, such as 30s");
        else if (micros > LongestDuration) faults.Add(at, $"'{field}' must not be longer than {Core.Duration.Format(LongestDuration)}, about 9,999 years");
        else return micros;
        return null;
    }

    /// <summary>An integer within bounds.</summary>
    public long? Integer(string field, long min, long max = long.MaxValue)
    {
        var expected = min == long.MinValue ? "an integer" : max == long.MaxValue ? $"an integer of at least {min}" : $"an integer from {min} to {max}";
        return Parse(field, expected, text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= min && n <= max ? n : null as long?);
    }

    /// <summary>A finite number above 0.</summary>
    public double? Positive(string field) =>
        Parse(field, "a number above 0", text => TryNumber(text, out var n) && n > 0 ? n : null as double?);

    /// <summary>A finite number.</summary>
    /// <param name="expected">What it must be, in words.</param>
    public double? Number(string field, string expected, Func<double, bool> fits) =>
        Parse(field, expected, text => TryNumber(text, out var n) && fits(n) ? n : null as double?);

    /// <summary>A share, given as 0 to 1 or in percent.</summary>
    public double? Share(string field) => Parse(field, "a share from 0 to 1, or 0% to 100%", text =>
    {
        var percent = text.EndsWith('%');
        if (!TryNumber(percent ? text[..^1].TrimEnd() : text, out var n)) return null;
        var share = percent ? n / 100 : n;
        return share is >= 0 and <= 1 ? share : null as double?;
    });

    public bool? Flag(string field) =>
        Parse(field, "true or false", text => text is "true" or "True" or "TRUE" ? true : text is "false" or "False" or "FALSE" ? false : null as bool?);

    /// <summary>The items of a list; none where it is absent.</summary>
    public ImmutableArray<YamlNode> Items(string field, YamlNode? node)
    {
        if (node is YamlSequence sequence) return sequence.Items;
        if (node is not (null or YamlScalar { Readable: false })) faults.Add(node.Location, $"'{field}' must be a list, not {node.Kind}");
        return [];
    }

    /// <summary>The entries of a mapping with free names; none where it is absent.</summary>
    public ImmutableArray<YamlEntry> Entries(string field, YamlNode? node)
    {
        if (node is YamlMapping inner) return inner.Entries;
        if (node is not (null or YamlScalar { Readable: false })) faults.Add(node.Location, $"'{field}' must be a mapping, not {node.Kind}");
        return [];
    }

    /// <summary>A nested section; null where it is absent.</summary>
    public Section? Child(string field) => Find(field) is { } node ? Of(node, Key(field)!.Location, $"'{field}' of the {what}", faults) : null;

    /// <summary><paramref name="node"/> as the single value of <paramref name="field"/>; null after a fault.</summary>
    public YamlScalar? Scalar(string field, YamlNode? node)
    {
        if (node is YamlScalar scalar) return scalar.Readable ? scalar : null;
        if (node is not null) faults.Add(node.Location, $"'{field}' must be a single value, not {node.Kind}");
        return null;
    }

    private T? Parse<T>(string field, string expected, Func<string, T?> parse) where T : struct
    {
        if (Scalar(field, Find(field)) is not { } scalar) return null;
        if (parse(scalar.Value.Trim()) is { } value) return value;
        faults.Add(scalar.Location, $"'{field}' must be {expected}, not {scalar.Quoted}");
        return null;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
