using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Debezium;
using StreamForge.Formats.Inference;

namespace StreamForge.Connectors.Files;

/// <summary>Finds the schema of a source's files from the first 64 MiB of what they hold.</summary>
internal static class FilesSchema
{
    /// <exception cref="StreamForgeException">No record could be read.</exception>
    public static Schema Infer(FileGlob glob, string format, string? eventTime, CancellationToken cancellation)
    {
        SchemaInference inference = format switch { "csv" => new CsvInference(), "json" => new JsonInference(), _ => new DebeziumInference() };
        var left = SchemaInference.SampleBytes;
        foreach (var file in glob.List())
        {
            if (left <= 0) break;
            using var segment = new OpenSegment(file);
            Sample(segment, inference, left, cancellation);
            left -= segment.Position;
        }
        if (inference.Count == 0)
            throw new StreamForgeException(ErrorKind.InvalidDefinition, $"{glob.Path}: no record was found from which to tell the schema; declare 'schema'");
        return inference.Finish(eventTime);
    }

    private static void Sample(OpenSegment segment, SchemaInference inference, long limit, CancellationToken cancellation)
    {
        var csv = inference as CsvInference;
        var header = csv is null;
        while (segment.Position < limit)
        {
            cancellation.ThrowIfCancellationRequested();
            var ended = segment.Fill() == 0;
            var final = ended && segment.Input.Damage is null;
            segment.SkipByteOrderMark();
            if (!header)
            {
                var names = segment.ReadHeader(final);
                header = !names.IsDefault;
                if (header) csv!.UseHeader(names);
                else if (ended) return;
                else continue;
            }
            while (segment.Start < segment.End && segment.Position < limit)
            {
                var outcome = inference.Read(segment.Bytes, segment.Start, segment.End, final, out var next);
                if (outcome == RecordOutcome.Incomplete && segment.End - segment.Start < OpenSegment.MaxRecordBytes) break;
                segment.Consume(outcome is RecordOutcome.Incomplete or RecordOutcome.Unclosed ? NextLine(segment) : next);
            }
            if (ended) return;
        }
    }

    private static int NextLine(OpenSegment segment)
    {
        var lineFeed = segment.Rest.IndexOf((byte)'\n');
        return lineFeed < 0 ? segment.End : segment.Start + lineFeed + 1;
    }
}
