using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>The columns that stored images have, as a text that is kept beside them: <c>id bigint, amount decimal(10,2)</c>.</summary>
public static class ImageColumns
{
    /// <summary>The text.</summary>
    public static string Of(Schema columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return string.Join(", ", columns.Fields.Select(static f => $"{f.Name} {f.Type}"));
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static Schema Parse(string text) => new(Split(text).Select(item =>
    {
        var space = item.LastIndexOf(' ');
        return DataType.TryParse(item[(space + 1)..], out var type)
            ? new Field(item[..space], type)
            : throw new StreamForgeException(ErrorKind.Corrupt, $"the state names the columns of stored images as '{text}', which cannot be read");
    }));

    // A type such as decimal(10,2) has no blank, so only a comma with a blank parts columns; a name may hold one.
    private static IEnumerable<string> Split(string text)
    {
        var item = "";
        foreach (var part in text.Split(", "))
        {
            item = item.Length == 0 ? part : item + ", " + part;
            if (!DataType.TryParse(item[(item.LastIndexOf(' ') + 1)..], out _)) continue;
            yield return item;
            item = "";
        }
        if (item.Length > 0) yield return item;
    }
}
