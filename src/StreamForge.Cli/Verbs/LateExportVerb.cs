using System.CommandLine;
using System.Text;
using System.Text.Json;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Core;

namespace StreamForge.Cli.Verbs;

/// <summary><c>late export --out FILE</c>: the late ledger as a file, an event a line.</summary>
internal sealed class LateExportVerb : Verb
{
    private enum ExportFormat
    {
        Json,
        Csv,
    }

    private static readonly string[] CsvColumns = ["source", "partition", "position", "event_time", "watermark", "missed", "reason", "raw"];

    private readonly Setting<string?> _out = CommonSettings.OptionalText("--out", "FILE", "The file to write; it is replaced when it is whole");
    private readonly Setting<ExportFormat> _format = new("--format", "FORMAT", "json, an object a line, or csv with a header [default: json]", ExportFormat.Json, "json or csv", TryFormat);
    private readonly LedgerQuery _query = new();

    public LateExportVerb(Shell shell) : base(
        shell, "export", "Writes the late ledger to a file: every event with its position, what it missed and why, and its raw bytes",
        "./streamforge late export --out late.jsonl", "./streamforge late export --source orders --format csv --out late.csv")
    {
        Add(_out);
        Add(_format);
        _query.AddTo(this, mayAsk: true);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var path = _out.Read(parsed) ?? throw new StreamForgeException(ErrorKind.InvalidArgument, "streamforge late export needs --out FILE: where the events go");
        var format = _format.Read(parsed);
        var (_, items) = await _query.ReadAsync(parsed, Ledger.Late, Shell, 0, long.MaxValue);
        var written = Write(path, format, items.Select(static i => i.Item));
        if (CommonSettings.Json.Read(parsed)) JsonOutput.Write(Shell, json => WriteSummary(json, path, written));
        else Shell.Print($"{written:N0} late event{(written == 1 ? "" : "s")} written to {path}");
        return ExitCodes.Done;
    }

    private static long Write(string path, ExportFormat format, IEnumerable<string> items)
    {
        var temporary = path + ".new";
        var written = 0L;
        using (var file = new StreamWriter(temporary, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16))
        {
            if (format == ExportFormat.Csv) file.Write(string.Join(',', CsvColumns) + "\r\n");
            foreach (var item in items)
            {
                if (format == ExportFormat.Json) file.Write(item + "\n");
                else WriteCsv(file, item);
                written++;
            }
        }
        File.Move(temporary, path, overwrite: true);
        return written;
    }

    private static void WriteSummary(Utf8JsonWriter json, string path, long written)
    {
        json.WriteStartObject();
        json.WriteString("file", path);
        json.WriteNumber("late", written);
        json.WriteEndObject();
    }

    /// <summary>RFC 4180; the windows that were missed stand in one field with blanks between.</summary>
    private static void WriteCsv(StreamWriter file, string item)
    {
        using var json = JsonDocument.Parse(item);
        var root = json.RootElement;
        file.Write(string.Join(',', CsvColumns.Select(c => root.TryGetProperty(c, out var value) ? Field(value) : "")));
        file.Write("\r\n");
    }

    private static string Field(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Join(' ', value.EnumerateArray().Select(v => v.GetString())),
            _ => value.GetRawText(),
        };
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private static bool TryFormat(string text, out ExportFormat value)
    {
        value = text == "csv" ? ExportFormat.Csv : ExportFormat.Json;
        return text is "csv" or "json";
    }
}
