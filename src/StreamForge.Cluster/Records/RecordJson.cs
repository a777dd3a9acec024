using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Cluster.Records;

/// <summary>The content of records: JSON in UTF-8, <c>{"format": 1, "content": {…}}</c> with names in snake case.</summary>
internal static class RecordJson
{
    public const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record Envelope<T>(int Format, T? Content);

    public static byte[] Serialize<T>(T content) => JsonSerializer.SerializeToUtf8Bytes(new Envelope<T>(CurrentFormat, content), Options);

    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static T Deserialize<T>(string record, byte[] json) where T : class
    {
        try
        {
            var envelope = JsonSerializer.Deserialize<Envelope<T>>(json, Options);
            if (envelope is { Format: CurrentFormat, Content: { } content }) return content;
            throw new StreamForgeException(ErrorKind.Corrupt, $"the record {record} has format {envelope?.Format}, and this program reads format {CurrentFormat}; run the program that wrote it");
        }
        catch (JsonException error)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, $"the record {record} is damaged ({error.Message}); restore the database from a backup", retryable: false, error);
        }
    }
}
