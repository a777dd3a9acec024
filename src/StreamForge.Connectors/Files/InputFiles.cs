using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Files;

/// <summary>Looks for a source's files when it is opened.</summary>
internal static class InputFiles
{
    /// <summary>The files, of which there may be none yet only where the columns are declared and the folder is there.</summary>
    /// <exception cref="StreamForgeException">Nothing matches, or the path is a folder.</exception>
    public static FileGlob Require(string source, FilesSourceOptions options, bool isDeclared, out List<InputFile> files)
    {
        var glob = new FileGlob(options.Path);
        if (glob.Plain && Directory.Exists(options.Path))
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"source {source}: {options.Path} is a folder; name its files, as in {Path.Combine(options.Path, "*." + options.Format)}");
        files = glob.List();
        if (files.Count == 0 && (glob.Plain || !isDeclared || !Directory.Exists(glob.Root)))
        {
            throw new StreamForgeException(ErrorKind.NotFound, glob.Plain
                ? $"source {source}: the file {options.Path} does not exist"
                : Directory.Exists(glob.Root) ? $"source {source}: no file matches {options.Path}; declare 'schema' when files come later" : $"source {source}: no file matches {options.Path}: the folder {glob.Root} does not exist");
        }
        return glob;
    }
}
