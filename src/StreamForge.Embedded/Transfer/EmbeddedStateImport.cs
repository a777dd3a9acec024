using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Images;
using StreamForge.Embedded.Storage;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.States;

namespace StreamForge.Embedded.Transfer;

/// <summary>
/// Makes a checkpoint of a state file in a data directory that has no state of that pipeline. Publishing the checkpoint's manifest is the last step and the one that counts: an import that is interrupted before it leaves
/// nothing that a run would see, and can be repeated.
/// </summary>
public static class EmbeddedStateImport
{
    /// <param name="reader">At its beginning.</param>
    /// <returns>The checkpoint's number.</returns>
    /// <exception cref="StreamForgeException">Conflict when there is state; Busy when something runs there; Corrupt.</exception>
    public static long Import(StateReader reader, DataDirectory data, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var header = reader.Header;
        if (header.Pipeline.Length == 0 || header.Pipeline[0] == '.' || header.Pipeline.IndexOfAny(['/', '\\', ':', '\0']) >= 0)
            throw new StreamForgeException(ErrorKind.Corrupt, $"the state file names a pipeline '{header.Pipeline}', which is no name of one");
        using var held = data.Lock();
        try
        {
            var directory = new CheckpointDirectory(data.Checkpoints(header.Pipeline));
            if (directory.Ids() is [var newest, ..])
                throw new StreamForgeException(ErrorKind.Conflict, $"the data directory {data.Path} has state of {header.Pipeline} already, up to checkpoint {newest}; name an empty one with --data-dir, or move that one away first");
            DurableFolder.Create(directory.Path);
            var id = Math.Max(1, header.Checkpoint);
            using var deadLetters = new LedgerCopy(data.DeadLetters(header.Pipeline));
            using var late = new LedgerCopy(data.Late(header.Pipeline));
            using var images = new ImageCopies(header, data);
            using var states = new StateFileWriter(directory.StatePath(id));
            while (reader.Next() is { } record)
            {
                switch (record)
                {
                    case WindowsRecord windows:
                        states.Add(windows.View, StateRecordKind.Windows, ClosingChunks.Chunk(windows));
                        break;
                    case KeyRecord key:
                        states.Add(key.View, StateRecordKind.State, key.State);
                        break;
                    case ImageRecord image:
                        images.Add(image);
                        break;
                    case LedgerRecord entry:
                        (entry.Ledger == LedgerKind.Late ? late : deadLetters).Add(entry.Json);
                        break;
                }
            }
            states.Complete();
            if (header.Definition is { } definition) SaveDefinition(header, definition, data);
            var manifest = new CheckpointManifest(
                CheckpointManifest.CurrentFormat, header.Pipeline, id, clock.GetUtcNow(), header.Watermark,
                [
                    .. header.Partitions.Select((p, i) => new PartitionCheckpoint(p.Source, p.Partition, p.Segment, p.Offset, p.Cursor, p.Rows, p.NewestEvent, p.Watermark ?? EventTime.MinValue, p.Finished)
                    {
                        Changes = p.Changes,
                        Images = images.Complete(i),
                    }),
                ],
                [.. header.Views.Select(v => new ViewCheckpoint(v.Name, v.Fingerprint, v.ClosedRows) { Since = [.. v.Since.Select(s => new SinceCheckpoint(s.Feature, s.Time, s.WholeFrom, s.Positions))], Floors = v.Floors })],
                [new StatePart(CheckpointDirectory.StateFile(id), states.Bytes, states.Records)], states.Records, deadLetters.Complete(), late.Complete(),
                [.. header.Sinks.Select(s => new SinkCheckpoint(s.Name, s.Pending))], header.Counters.ToImmutableDictionary());
            DurableFolder.Sync(directory.Path);
            directory.Publish(manifest);
            return id;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"import state into {data.Path}");
        }
    }

    private static void SaveDefinition(StateHeader header, string definition, DataDirectory data)
    {
        try
        {
            if (JsonSerializer.Deserialize<CatalogEntry>(definition) is { } entry && entry.Name == header.Pipeline)
            {
                entry.Save(data);
                return;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new StreamForgeException(ErrorKind.Corrupt, $"the definition in the state file of {header.Pipeline} cannot be read");
    }

    /// <summary>The image logs of a state's partitions, written anew.</summary>
    private sealed class ImageCopies : IDisposable
    {
        private readonly StateHeader _header;
        private readonly Dictionary<int, ImageLog> _logs = [];

        public ImageCopies(StateHeader header, DataDirectory data)
        {
            _header = header;
            for (var i = 0; i < header.Partitions.Length; i++)
            {
                var partition = header.Partitions[i];
                if (partition.Images is not null)
                    _logs.Add(i, ImageLog.Create(new DiskImageFiles(data.Images(header.Pipeline, new PartitionId(partition.Source, partition.Partition))), new ImageLogSettings(EmbeddedStateExport.ImageMemory)));
            }
        }

        /// <exception cref="StreamForgeException">Corrupt: the header names no images of that partition.</exception>
        public void Add(ImageRecord image) =>
            (_logs.GetValueOrDefault(image.Partition) ?? throw new StreamForgeException(ErrorKind.Corrupt, "the state file has images of a partition that stores none; export the state again")).Put(image.Key, image.Image);

        /// <summary>The images of a partition, once they are durable; null where none are stored.</summary>
        public ImagesCheckpoint? Complete(int partition)
        {
            if (!_logs.TryGetValue(partition, out var log)) return null;
            var mark = log.Mark();
            mark.Sync();
            return mark.Checkpoint with { Columns = _header.Partitions[partition].Images!.Columns };
        }

        public void Dispose()
        {
            foreach (var log in _logs.Values) log.Dispose();
        }
    }

    /// <summary>A ledger's file, written anew.</summary>
    private sealed class LedgerCopy(string path) : IDisposable
    {
        private FileStream? _file;
        private long _records;

        public void Add(string line)
        {
            if (_file is null)
            {
                DurableFolder.Create(Path.GetDirectoryName(path)!);
                _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            }
            _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            _records++;
        }

        public LedgerCheckpoint Complete()
        {
            if (_file is null) return new LedgerCheckpoint(0, 0);
            _file.Flush(flushToDisk: true);
            DurableFolder.Sync(Path.GetDirectoryName(path)!);
            return new LedgerCheckpoint(_file.Position, _records);
        }

        public void Dispose() => _file?.Dispose();
    }
}
