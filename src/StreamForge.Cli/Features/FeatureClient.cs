using System.Net.Http.Headers;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Cli.Features;

/// <summary>Asks a running server.</summary>
internal static class FeatureClient
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The JSON document at a path.</summary>
    /// <exception cref="StreamForgeException">The server cannot be reached, or its problem document's sentence and kind.</exception>
    public static async Task<string> GetAsync(string url, string path, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = Timeout };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var response = await client.GetAsync(new Uri(url + path), cancellation);
            var body = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode ? body : throw Problem(url, (int)response.StatusCode, body);
        }
        catch (HttpRequestException error)
        {
            throw new StreamForgeException(ErrorKind.Unavailable, $"cannot reach {url}: {error.Message}", retryable: true, error);
        }
        catch (TaskCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new StreamForgeException(ErrorKind.Unavailable, $"{url} did not answer within {Timeout.TotalSeconds:N0} s", retryable: true, error);
        }
    }

    private static StreamForgeException Problem(string url, int status, string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var word = json.RootElement.GetProperty("kind").GetString();
            var kind = Enum.GetValues<ErrorKind>().FirstOrDefault(k => k.Name() == word, ErrorKind.Internal);
            return new StreamForgeException(kind, json.RootElement.GetProperty("detail").GetString()!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new StreamForgeException(ErrorKind.Unavailable, $"{url} answered with HTTP {status}; is it a streamforge server?");
        }
    }
}
