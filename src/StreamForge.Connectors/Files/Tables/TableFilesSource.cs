using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>
/// <c>type: files</c> with files that say their own columns, read in the order of their names as partition 0. A row's position is its number in its file, from 0, and its segment
/// the file's path below the first folder without a wildcard. Without declared columns those of the first file are taken; a declared column has the file's type or one that
/// holds all its values, and an integer with a <c>unit</c> may be declared a timestamp. Safe from any thread; each reader is for one.
/// </summary>
public sealed class TableFilesSource : ISource
{
    private readonly Schema _stored;
    private readonly ImmutableArray<SchemaField> _declared;

    private TableFilesSource(string name, FileGlob glob, TableFormat format, Schema schema, Schema stored, ImmutableArray<SchemaField> declared, TimeProvider clock, Action<string>? warn)
    {
        Name = name;
        Glob = glob;
        Format = format;
        Schema = schema;
        Clock = clock;
        Warn = warn;
        _stored = stored;
        _declared = declared;
        Partitions = [new PartitionId(name, 0)];
    }

    public string Name { get; }

    public Schema Schema { get; }

    public IReadOnlyList<PartitionId> Partitions { get; }

    internal FileGlob Glob { get; }

    internal TableFormat Format { get; }

    internal TimeProvider Clock { get; }

    internal Action<string>? Warn { get; }

    /// <summary>Opens the source.</summary>
    /// <param name="clock">Paces the waiting for files to come; the system's by default.</param>
    /// <param name="warn">Told, in one sentence each, what is passed over. Called on the reading thread.</param>
    /// <exception cref="StreamForgeException">No file matches, or the first one cannot be read.</exception>
    /// <exception cref="InvalidDefinitionException">A declared column is not in the first file, or cannot be of that type.</exception>
    public static async Task<TableFilesSource> OpenAsync(
        string name, FilesSourceOptions options, ImmutableArray<SchemaField>? declared, CancellationToken cancellation, TimeProvider? clock = null, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var format = TableFormat.Find(options.Format) ?? throw new StreamForgeException(ErrorKind.NotSupported, $"source {name}: the format {options.Format} is not supported yet for files");
        var glob = InputFiles.Require(name, options, declared is not null, out var files);
        var first = files.Count > 0 ? await format.SchemaAsync(files[0].FullPath, cancellation) : null;
        if (declared is { } columns && first is not null) Check(columns, first, files[0].FullPath);
        var schema = declared is { } fields ? new Schema(fields.Select(f => new Field(f.Name, f.Type))) : first!;
        var stored = new Schema(schema.Fields.Select(f => IsNumberedTime(first?.Find(f.Name)?.Type, declared?.FirstOrDefault(d => d.Name == f.Name)) ? f with { Type = DataType.BigInt } : f));
        return new TableFilesSource(name, glob, format, schema, stored, declared ?? [], clock ?? TimeProvider.System, warn);
    }

    public IPartitionReader Open(PartitionId partition, PartitionCursor start, ReadRequest request) => new TableFilesReader(this, partition, start, request);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The columns of a request as the files hold them.</summary>
    internal Schema Stored(Schema columns) => new(columns.Fields.Select(f => _stored.Find(f.Name)!));

    /// <summary>Makes times of integers with a unit; takes the column over.</summary>
    internal Column Convert(Column column, Field wanted)
    {
        if (column is not Int64Column numbers || !column.Type.IsInteger || !wanted.Type.IsTimestamp) return column;
        var unit = _declared.First(f => f.Name == wanted.Name).Unit;
        var times = new Int64Column(wanted.Type, column.Count);
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsNull(row) || !TryMicros(numbers[row], unit, out var micros)) times.AppendNull();
            else times.Append(micros);
        }
        column.Release();
        return times;
    }

    private static bool TryMicros(long value, long unit, out long micros)
    {
        micros = unit < 0 ? EventTime.FloorDivide(value, -unit) : unchecked(value * unit);
        return unit < 0 || Int128.Abs(value) * unit <= long.MaxValue;
    }

    private static bool IsNumberedTime(DataType? file, SchemaField? declared) => file is null or { IsInteger: true } && declared is { Type.IsTimestamp: true, Unit: not 0 };

    private static void Check(ImmutableArray<SchemaField> declared, Schema file, string path)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var field in declared)
        {
            if (file.Find(field.Name) is not { } found)
                faults.Add(field.Location.Fault($"{path} has no column '{field.Name}'{DefinitionText.Suggest(field.Name, file.Fields.Select(f => f.Name))}"));
            else if (found.Type.IsInteger && field is { Type.IsTimestamp: true, Unit: 0 })
                faults.Add(field.Location.Fault($"the column '{field.Name}' of {path} is {found.Type}; a timestamp that is given as an integer needs 'unit', such as unit: ms"));
            else if (!IsNumberedTime(found.Type, field) && !TableFormat.IsLossless(found.Type, field.Type))
                faults.Add(field.Location.Fault($"the column '{field.Name}' of {path} is {found.Type}, and not every such value is a {field.Type}; declare it {found.Type} and use CAST in a transformation"));
        }
        if (faults.Count > 0) throw new InvalidDefinitionException(faults.ToImmutable());
    }
}
