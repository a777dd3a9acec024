using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Functions;

/// <summary>Digests, as lower-case hexadecimal digits, and base64.</summary>
internal static class EncodingFunctions
{
    public static IEnumerable<Function> All =>
    [
        Function.Row("MD5", "x", DataType.String, Md5),
        Function.Row("SHA256", "x", DataType.String, Sha256),
        Function.Row("TO_BASE64", "x", DataType.String, ToBase64),
        Function.Row("FROM_BASE64", "s", DataType.String, FromBase64),
    ];

    // SQL asks for MD5 by name; nothing is secured with it here.
#pragma warning disable CA5351
    private static void Md5(RowCall call)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(call.Bytes(0), hash);
        Hex(call, hash);
    }
#pragma warning restore CA5351

    private static void Sha256(RowCall call)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(call.Bytes(0), hash);
        Hex(call, hash);
    }

    private static void Hex(RowCall call, ReadOnlySpan<byte> hash)
    {
        var target = call.Output.BeginAppend(hash.Length * 2);
        for (var i = 0; i < hash.Length; i++)
        {
            target[2 * i] = "0123456789abcdef"u8[hash[i] >> 4];
            target[2 * i + 1] = "0123456789abcdef"u8[hash[i] & 15];
        }
        call.Output.CommitAppend(hash.Length * 2);
    }

    private static void ToBase64(RowCall call)
    {
        var bytes = call.Bytes(0);
        var target = call.Output.BeginAppend(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, target, out _, out var written);
        call.Output.CommitAppend(written);
    }

    /// <summary>The text that was encoded; null when it is no base64 of UTF-8.</summary>
    private static void FromBase64(RowCall call)
    {
        var text = call.Bytes(0);
        var target = call.Output.BeginAppend(Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3);
        if (Base64.DecodeFromUtf8(text, target, out _, out var written) == OperationStatus.Done && System.Text.Unicode.Utf8.IsValid(target[..written]))
            call.Output.CommitAppend(written);
        else
            call.ReturnNull();
    }
}
