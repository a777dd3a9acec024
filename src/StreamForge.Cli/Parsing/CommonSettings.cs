using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Cli.Parsing;

/// <summary>The options that many verbs share; one object each, so that a verb asks for what it was given.</summary>
internal static class CommonSettings
{
    /// <summary>The HTTP port where none is named.</summary>
    public const int DefaultPort = 7070;

    private static readonly Setting<string>.Parser AnyText = static (text, out value) => (value = text).Length > 0;

    public static Setting<LogLevel> LogLevel { get; } = new(
        "--log-level", "LEVEL", "What is logged: debug, info, warning, error or none [default: info]", Microsoft.Extensions.Logging.LogLevel.Information, "debug, info, warning, error or none", TryLevel)
    { Recursive = true };

    public static Flag Json { get; } = new("--json", "Write JSON for programs");

    public static Flag Yes { get; } = new("--yes", "Agree to whatever would be asked");

    public static Setting<string> DataDirectoryPath { get; } = Text("--data-dir", "DIR", "The folder that state is kept in [default: ./streamforge-data]", "./streamforge-data");

    /// <summary>The location, such as <c>file:///lake</c>; null where it is not given.</summary>
    public static Setting<string?> Warehouse { get; } = new(
        "--warehouse", "URI", "Where tables are kept, a folder or file:/// URI [default: the pipeline's storage.warehouse, else warehouse in the data directory]", null, "a folder or a file:/// URI", TryWarehouse);

    public static Setting<string> Bind { get; } = Text("--bind", "ADDRESS", "The address to listen on; * for all [default: 127.0.0.1]", "127.0.0.1");

    public static Setting<int?> Port { get; } = new("--port", "PORT", "The HTTP port; 0 takes any free one [default: 7070]", null, "a port from 0 to 65535", TryPort);

    public static Setting<string?> Url { get; } = new("--url", "URL", "Ask a running server instead of a data directory", null, "a URL such as http://127.0.0.1:7070", TryUrl);

    public static Setting<string> Text(string name, string valueName, string help, string fallback) => new(name, valueName, help, fallback, "a text", AnyText);

    public static Setting<string?> OptionalText(string name, string valueName, string help) => new(name, valueName, help, null, "a text", static (text, out value) => (value = text).Length > 0);

    public static Setting<long?> Count(string name, string help) => new(name, "N", help, null, "a whole number that is not negative", TryCount);

    /// <summary>Bytes.</summary>
    public static Setting<long?> Size(string name, string help) => new(name, "SIZE", help, null, "a size such as 512MiB or 2GiB", TrySize);

    public static Setting<double?> Rate(string help) => new("--rate", "R", help, null, "a number of events a second", TryNumber);

    public static Setting<long?> Moment(string name, string help) => new(name, "T", help, null, "a time such as 2011-12-09T12:50:00Z", TryMoment);

    public static DataDirectory DataDirectory(System.CommandLine.ParseResult parsed) => new(DataDirectoryPath.Read(parsed));

    /// <summary>Where the tables are that pipelines name.</summary>
    public static TableHome Tables(System.CommandLine.ParseResult parsed) => new(DataDirectory(parsed), Warehouse.Read(parsed));

    private static bool TryCount(string text, out long? value)
    {
        var valid = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        value = number;
        return valid;
    }

    /// <summary>A whole number of bytes, or of KiB, MiB, GiB or TiB.</summary>
    private static bool TrySize(string text, out long? value)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var shift = text[digits..].Trim().ToUpperInvariant() switch { "" or "B" => 0, "KIB" => 10, "MIB" => 20, "GIB" => 30, "TIB" => 40, _ => -1 };
        value = null;
        if (shift < 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue >> shift) return false;
        value = number << shift;
        return true;
    }

    private static bool TryNumber(string text, out double? value)
    {
        var valid = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);
        value = number;
        return valid;
    }

    private static bool TryMoment(string text, out long? value)
    {
        var valid = Iso8601.TryParse(Encoding.UTF8.GetBytes(text), out var micros, out _);
        value = micros;
        return valid;
    }

    private static bool TryPort(string text, out int? value)
    {
        var valid = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        value = port;
        return valid;
    }

    private static bool TryUrl(string text, out string? value)
    {
        value = text.TrimEnd('/');
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
    }

    private static bool TryWarehouse(string text, out string? value)
    {
        value = null;
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0 && !text.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
            throw new StreamForgeException(ErrorKind.NotSupported, $"a warehouse in the storage '{text[..scheme]}' is not supported yet; use a folder of this machine");
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) return false;
        if (scheme >= 0 && !text.StartsWith("file:///", StringComparison.OrdinalIgnoreCase)) return false;
        value = LocalPath.ToLocation(scheme < 0 ? text : LocalPath.FromLocation(text)).TrimEnd('/');
        return true;
    }

    private static bool TryLevel(string text, out LogLevel value)
    {
        value = text.ToLowerInvariant() switch
        {
            "trace" => Microsoft.Extensions.Logging.LogLevel.Trace,
            "debug" => Microsoft.Extensions.Logging.LogLevel.Debug,
            "info" or "information" => Microsoft.Extensions.Logging.LogLevel.Information,
            "warn" or "warning" => Microsoft.Extensions.Logging.LogLevel.Warning,
            "error" => Microsoft.Extensions.Logging.LogLevel.Error,
            "none" or "off" => Microsoft.Extensions.Logging.LogLevel.None,
            _ => (LogLevel)(-1),
        };
        return (int)value >= 0;
    }
}
