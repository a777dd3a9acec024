using System.Text;
using System.Text.Unicode;
using StreamForge.Core;

namespace StreamForge.Server.Lookup;

/// <summary>The parameters of a URL's query, one after another, still percent-encoded; <c>+</c> is a space, as forms and clients write it.</summary>
internal ref struct QueryText(ReadOnlySpan<char> query)
{
    private ReadOnlySpan<char> _rest = query.StartsWith('?') ? query[1..] : query;

    public ReadOnlySpan<char> Name { get; private set; }

    public ReadOnlySpan<char> Value { get; private set; }

    /// <summary>Goes to the next parameter that is not empty; false at the end.</summary>
    public bool Read()
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf('&');
            var parameter = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (parameter.IsEmpty) continue;
            var equals = parameter.IndexOf('=');
            Name = equals < 0 ? parameter : parameter[..equals];
            Value = equals < 0 ? default : parameter[(equals + 1)..];
            return true;
        }
        return false;
    }

    /// <summary>Whether the encoded <see cref="Name"/> is <paramref name="name"/>.</summary>
    public readonly bool NameIs(string name) => Name.IndexOfAny('%', '+') < 0 ? Name.SequenceEqual(name) : Decode(Name) == name;

    /// <summary>The decoded text.</summary>
    /// <exception cref="StreamForgeException">It is not well encoded.</exception>
    public static string Decode(ReadOnlySpan<char> encoded)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(encoded.Length)];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, Decode(encoded, bytes)));
    }

    /// <summary>Decodes into UTF-8.</summary>
    /// <param name="target">Three bytes for each character are enough.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="StreamForgeException">A percent sign without two hex digits, or bytes that are no UTF-8.</exception>
    public static int Decode(ReadOnlySpan<char> encoded, Span<byte> target)
    {
        var length = 0;
        var ascii = true;
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (c == '%')
            {
                if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2]))
                    throw new StreamForgeException(ErrorKind.InvalidArgument, $"'{encoded}' is not percent-encoded: after % come two hex digits, and a percent sign itself is %25");
                target[length] = (byte)(Hex(encoded[i + 1]) << 4 | Hex(encoded[i + 2]));
                ascii &= target[length++] < 0x80;
                i += 2;
            }
            else if (c < 0x80)
            {
                target[length++] = c == '+' ? (byte)' ' : (byte)c;
            }
            else
            {
                var width = char.IsHighSurrogate(c) && i + 1 < encoded.Length ? 2 : 1;
                length += Encoding.UTF8.GetBytes(encoded.Slice(i, width), target[length..]);
                i += width - 1;
            }
        }
        if (!ascii && !Utf8.IsValid(target[..length]))
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"'{encoded}' is not UTF-8 once its percent signs are decoded");
        return length;
    }

    private static int Hex(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
