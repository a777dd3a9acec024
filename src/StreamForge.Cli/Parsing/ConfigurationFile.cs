using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Parsing;

/// <summary>A configuration file, YAML or JSON: options by their names with underscores. What the command line and the environment say goes before it.</summary>
internal sealed class ConfigurationFile
{
    private readonly ImmutableArray<FileSetting> _settings;
    private readonly string _path;

    private ConfigurationFile(string path, ImmutableArray<FileSetting> settings) => (_path, _settings) = (path, settings);

    /// <param name="known">The options that it may set.</param>
    /// <param name="lists">Further fields that take a list.</param>
    /// <exception cref="InvalidDefinitionException">With every fault of the file.</exception>
    public static ConfigurationFile Read(string path, IEnumerable<Setting> known, params string[] lists)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"cannot read the configuration file {path}: {error.Message}", inner: error);
        }
        return new ConfigurationFile(path, SettingsFile.Parse(text, path, Shell.Environment, [.. known.Select(k => k.Field), .. lists], lists));
    }

    public FileSetting? Find(string field) => _settings.FirstOrDefault(s => s.Name == field);

    /// <summary>The paths of a field, those that are relative taken from the file's folder.</summary>
    public IEnumerable<string> Paths(string field) =>
        Find(field) is { } setting ? setting.Values.Select(v => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, v)) : [];
}
