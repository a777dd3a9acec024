using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>
/// The key, moment and options that a URL's query asks a view for: <c>?user_id=u-1&amp;at=2024-01-01T00:00:00Z&amp;numbers=string</c>.
/// A key column named <c>at</c> or <c>numbers</c> hides the option. Reused for many requests by one thread at a time.
/// </summary>
internal sealed class ViewRequest
{
    private byte[] _text = new byte[256];
    private byte[] _key = new byte[256];
    private (int Start, int Length)[] _values = new (int, int)[4];
    private int _keyLength;

    /// <summary>The canonical key; valid until the next <see cref="Parse"/>.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public long? At { get; private set; }

    public NumberStyle Numbers { get; private set; }

    /// <exception cref="StreamForgeException">A key column is missing, given twice or badly typed, or a parameter is unknown.</exception>
    public void Parse(ImmutableArray<Field> entity, ReadOnlySpan<char> query)
    {
        At = null;
        Numbers = NumberStyle.Number;
        Reserve(entity.Length, query.Length);
        var values = _values.AsSpan(0, entity.Length);
        values.Fill((0, -1));
        var used = 0;
        for (var parameters = new QueryText(query); parameters.Read();)
        {
            var column = IndexOf(entity, parameters);
            if (column < 0)
            {
                ParseOption(entity, parameters);
                continue;
            }
            if (values[column].Length >= 0) throw Invalid($"the key's {entity[column].Name} is given twice");
            var length = QueryText.Decode(parameters.Value, _text.AsSpan(used));
            values[column] = (used, length);
            used += length;
        }
        _keyLength = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i].Length < 0) throw Invalid($"the key lacks {entity[i].Name}; it needs {Needed(entity)}");
            var text = _text.AsSpan(values[i].Start, values[i].Length);
            if (!KeyCodec.TryWriteText(entity[i].Type, text, _key.AsSpan(_keyLength), out var written))
                throw Invalid($"{entity[i].Name}={System.Text.Encoding.UTF8.GetString(text)} is no {entity[i].Type}");
            _keyLength += written;
        }
    }

    private void Reserve(int columns, int characters)
    {
        if (_values.Length < columns) _values = new (int, int)[columns];
        if (_text.Length < characters * 3) _text = new byte[characters * 3];
        if (_key.Length < characters * 3 + columns * 18) _key = new byte[characters * 3 + columns * 18];
    }

    private static int IndexOf(ImmutableArray<Field> entity, in QueryText parameter)
    {
        for (var i = 0; i < entity.Length; i++)
        {
            if (parameter.NameIs(entity[i].Name)) return i;
        }
        return -1;
    }

    private void ParseOption(ImmutableArray<Field> entity, in QueryText parameter)
    {
        if (parameter.NameIs("at")) At = LookupOptions.ParseAt(QueryText.Decode(parameter.Value));
        else if (parameter.NameIs("numbers")) Numbers = LookupOptions.ParseNumbers(QueryText.Decode(parameter.Value));
        else throw Invalid($"the key has no column {QueryText.Decode(parameter.Name)}; it needs {Needed(entity)}");
    }

    private static string Needed(ImmutableArray<Field> entity) => string.Join(", ", entity.Select(field => $"{field.Name}=<{field.Type}>"));

    private static StreamForgeException Invalid(string sentence) => new(ErrorKind.InvalidArgument, sentence);
}
