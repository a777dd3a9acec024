using System.Text.Json;
using StreamForge.Server.Lookup;

namespace StreamForge.Cli.Output;

/// <summary>JSON documents on standard output, one a line, in the same form as the HTTP answers.</summary>
internal static class JsonOutput
{
    public static void Write(Shell shell, Action<Utf8JsonWriter> write) => shell.Print(Text(write));

    public static string Text(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonValues.WriterOptions)) write(json);
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>A list as every verb writes it: <c>{"total": n, "items": […], "next": null}</c>.</summary>
    public static void WriteList<T>(Utf8JsonWriter json, IReadOnlyCollection<T> items, Action<Utf8JsonWriter, T> writeItem)
    {
        json.WriteStartObject();
        json.WriteNumber("total", items.Count);
        json.WriteStartArray("items");
        foreach (var item in items) writeItem(json, item);
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    }
}
