"""
Reads the tables below the folder given with PyIceberg, DuckDB, pyarrow and fastavro, and holds them to the rows of type_rows. Prints {"tables": n, "faults": ["table: sentence", …]}.
The arguments: the folder of a namespace, then the parts that were written.
"""
import datetime
import json
import math
import pathlib
import sys

import duckdb
import fastavro
import pyarrow.parquet as pq
from pyiceberg.conversions import from_bytes
from pyiceberg.table import StaticTable

import type_rows

HEADERS = {"schema", "schema-id", "partition-spec", "partition-spec-id", "format-version", "content"}
# The tables of which PyIceberg not only plans but reads every filter, which takes its time.
READ_FILTERED = {"plain", "two", "identity_s", "day_ts", "bucket_i", "truncate_i", "truncate_huge"}
parts = [int(part) for part in sys.argv[2:]]
wanted = type_rows.expected(parts)
columns = [name for name in type_rows.TYPES if name != "added" or 2 in parts]
faults = []


def load(folder):
    version = (folder / "metadata/version-hint.text").read_text().strip()
    return StaticTable.from_metadata(f"file://{folder}/metadata/v{version}.metadata.json")


def check_rows(name, reader, rows):
    """All rows once, with the same values."""
    rows = list(rows)
    if sorted(row["n"] for row in rows) != sorted(wanted):
        faults.append(f"{name}: {reader} reads {len(rows)} rows, not each of {len(wanted)} once")
        return
    for row in rows:
        for column in columns:
            if not type_rows.same(row[column], wanted[row["n"]][column]):
                faults.append(f"{name}: {reader} reads {row[column]!r} in {column} of row {row['n']}, not {wanted[row['n']][column]!r}")
                return


def utc(value):
    return value.astimezone(type_rows.ZONE) if isinstance(value, datetime.datetime) and value.tzinfo else value


def from_arrow(table):
    for row in table.to_pylist():
        yield {name: utc(value) for name, value in row.items()}


def check_headers(name, table):
    """The metadata, manifest lists and manifests carry what readers of other makes need."""
    metadata = table.metadata
    document = json.loads(pathlib.Path(table.metadata_location.removeprefix("file://")).read_text())
    for key in ("table-uuid", "last-sequence-number", "last-column-id", "last-partition-id", "sort-orders", "default-sort-order-id", "refs", "snapshot-log", "metadata-log", "last-updated-ms"):
        if key not in document:
            faults.append(f"{name}: the metadata has no {key}")
    if document["refs"]["main"] != {"snapshot-id": metadata.current_snapshot_id, "type": "branch"}:
        faults.append(f"{name}: refs.main is {document['refs']['main']}")
    if [entry.snapshot_id for entry in metadata.snapshot_log] != [s.snapshot_id for s in sorted(metadata.snapshots, key=lambda s: s.sequence_number)]:
        faults.append(f"{name}: the snapshot log does not tell the snapshots")
    locations = [metadata.location, *(entry.metadata_file for entry in metadata.metadata_log)]
    total = 0
    for snapshot in sorted(metadata.snapshots, key=lambda s: s.sequence_number):
        summary = snapshot.summary.additional_properties
        total += int(summary["added-records"])
        if int(summary["total-records"]) != total or summary["streamforge.pipeline"] not in ("types1", "types2") or int(summary["streamforge.checkpoint"]) < 1 or "part-" not in summary["streamforge.positions"]:
            faults.append(f"{name}: the summary of snapshot {snapshot.sequence_number} is {summary}")
        locations.append(snapshot.manifest_list)
        with open(snapshot.manifest_list.removeprefix("file://"), "rb") as file:
            reader = fastavro.reader(file)
            if reader.metadata["snapshot-id"] != str(snapshot.snapshot_id) or reader.metadata["sequence-number"] != str(snapshot.sequence_number) or reader.metadata["format-version"] != "2":
                faults.append(f"{name}: the manifest list's header is {reader.metadata}")
            manifests = list(reader)
        locations += [manifest["manifest_path"] for manifest in manifests]
        for manifest in manifests:
            path = manifest["manifest_path"].removeprefix("file://")
            if manifest["manifest_length"] != pathlib.Path(path).stat().st_size:
                faults.append(f"{name}: the manifest {path} has another length")
            with open(path, "rb") as file:
                reader = fastavro.reader(file)
                missing = HEADERS - reader.metadata.keys()
                if missing or reader.metadata["format-version"] != "2" or reader.metadata["content"] != "data":
                    faults.append(f"{name}: the manifest {path} has the header {reader.metadata}")
                spec = json.loads(reader.metadata["partition-spec"])
                entries = list(reader)
            fields = metadata.spec().fields
            if [(f["name"], f["transform"], f["source-id"], f["field-id"]) for f in spec] != [(f.name, str(f.transform), f.source_id, f.field_id) for f in fields]:
                faults.append(f"{name}: the manifest's partition spec is {spec}")
            added = [entry for entry in entries if entry["status"] == 1]
            if (manifest["added_files_count"], manifest["added_rows_count"]) != (len(added), sum(entry["data_file"]["record_count"] for entry in added)):
                faults.append(f"{name}: the counts of {path} are wrong")
            if any(entry["sequence_number"] is not None for entry in added):
                faults.append(f"{name}: an added entry does not inherit its sequence number")
            locations += [entry["data_file"]["file_path"] for entry in entries]
            check_summaries(name, manifest, entries, fields)
    wrong = [location for location in locations if not location.startswith("file:///")]
    if wrong:
        faults.append(f"{name}: {wrong[0]} is no absolute file:/// location")


def check_summaries(name, manifest, entries, fields):
    """Each partition field's summary says whether it has nulls."""
    for summary, field in zip(manifest["partitions"] or [], fields, strict=True):
        values = [entry["data_file"]["partition"][field.name] for entry in entries]
        if summary["contains_null"] != any(value is None for value in values):
            faults.append(f"{name}: contains_null of {field.name} is {summary['contains_null']}")


def check_partitions(name, table):
    """Every data file's partition is what PyIceberg makes of the values in it."""
    schema = table.schema()
    for task in table.scan().plan_files():
        rows = read_file(task.file.file_path)
        for i, field in enumerate(table.spec().fields):
            source = schema.find_field(field.source_id)
            transform = field.transform.transform(source.field_type)
            for row in rows:
                value = internal(row[source.name])
                partition = transform(value)
                # No reader could hold less than the type's least value.
                least = {"int": -(2**31), "long": -(2**63)}.get(str(source.field_type))
                if least is not None and partition is not None:
                    partition = max(partition, least)
                if partition != task.file.partition[i]:
                    faults.append(f"{name}: {field.name} of a file is {task.file.partition[i]!r} where {row[source.name]!r} gives {partition!r}")
                    return


def internal(value):
    """A value as PyIceberg's transforms take it."""
    if isinstance(value, datetime.datetime):
        return (value.replace(tzinfo=value.tzinfo or type_rows.ZONE) - datetime.datetime(1970, 1, 1, tzinfo=type_rows.ZONE)) // datetime.timedelta(microseconds=1)
    return (value - datetime.date(1970, 1, 1)).days if isinstance(value, datetime.date) else value


def read_file(location):
    path = location.removeprefix("file://")
    if path.endswith(".parquet"):
        return list(from_arrow(pq.ParquetFile(path).read()))
    # Avro's timestamp-micros is of both kinds in tables; the field's adjust-to-utc, which tells them apart, is Iceberg's own.
    with open(path, "rb") as file:
        return [row | {"ts": row["ts"] and row["ts"].replace(tzinfo=None)} for row in fastavro.reader(file)]


def check_metrics(name, table):
    """Counts, null counts and bounds of each file are true, and text is cut to 16 characters."""
    schema = table.schema()
    for task in table.scan().plan_files():
        file, rows = task.file, read_file(task.file.file_path)
        if file.record_count != len(rows) or file.file_size_in_bytes != pathlib.Path(file.file_path.removeprefix("file://")).stat().st_size:
            faults.append(f"{name}: {file.file_path} has {file.record_count} rows of {len(rows)}, or another size")
        for field in schema.fields:
            if field.name not in rows[0] or field.field_id not in (file.value_counts or {}):
                continue
            values = [row[field.name] for row in rows]
            known = [internal(value) for value in values if value is not None and not (isinstance(value, float) and math.isnan(value))]
            nans = sum(isinstance(value, float) and math.isnan(value) for value in values)
            if (file.value_counts[field.field_id], file.null_value_counts[field.field_id]) != (len(values), values.count(None)):
                faults.append(f"{name}: counts of {field.name} are {file.value_counts[field.field_id]}, {file.null_value_counts[field.field_id]}")
            if isinstance(field.field_type, type(schema.find_field("d").field_type)) and file.nan_value_counts.get(field.field_id, 0) != nans:
                faults.append(f"{name}: {field.name} has {nans} NaN, not {file.nan_value_counts}")
            lower, upper = file.lower_bounds.get(field.field_id), file.upper_bounds.get(field.field_id)
            if not known:
                if lower is not None or upper is not None:
                    faults.append(f"{name}: {field.name} has bounds without values")
                continue
            check_bounds(name, field, known, lower, upper)


def check_bounds(name, field, known, lower, upper):
    if lower is None:
        faults.append(f"{name}: {field.name} has no lower bound")
        return
    low = from_bytes(field.field_type, lower)
    high = None if upper is None else from_bytes(field.field_type, upper)
    if isinstance(known[0], (str, bytes)):
        right = low == min(known, key=order)[:16] and (high is None or len(high) <= 16 and order(high) >= order(max(known, key=order)))
        if high is None and not unraisable(max(known, key=order)[:16]):
            right = False
    else:
        low, high = internal(low), internal(high)
        right = low == min(known) and high == max(known)
    if not right:
        faults.append(f"{name}: {field.name} of {min(known)!r} to {max(known)!r} has the bounds {low!r} and {high!r}")


def unraisable(value):
    return all(c in (0xFF, "\U0010ffff") for c in value)


def order(value):
    return value.encode() if isinstance(value, str) else value


def check_filters(name, table, answers):
    """Filters give the right rows, to PyIceberg and to us; we open no file that PyIceberg passes over."""
    for text, (expression, test) in type_rows.FILTERS.items():
        right = sorted(n for n, row in wanted.items() if test(row))
        scan = table.scan(row_filter=expression)
        planned = [task.file.file_path for task in scan.plan_files()]
        found = sorted(row["n"] for path in planned for row in read_file(path) if test(wanted[row["n"]]))
        if found != right:
            faults.append(f"{name}: PyIceberg passes over files with {len(right) - len(found)} rows where {text}")
        if name in READ_FILTERED and all(path.endswith(".parquet") for path in planned) and (found := sorted(scan.to_arrow()["n"].to_pylist())) != right:
            faults.append(f"{name}: PyIceberg finds {len(found)} rows where {text}, not {len(right)}")
        if answers is None:
            continue
        ours = answers[text]
        if sorted(ours["rows"]) != right:
            faults.append(f"{name}: our scan finds {len(ours['rows'])} rows where {text}, not {len(right)}")
        # That a file has nothing but NaN and null is nothing that our ranges of values can say.
        if ours["files"] > len(planned) and not text.startswith("d "):
            faults.append(f"{name}: our scan opens {ours['files']} files where {text}, PyIceberg {len(planned)}")


def check_duckdb(name, files, database):
    """DuckDB reads the data files themselves; its extension for tables is no part of its package."""
    selected = ", ".join(f'"{column}"' for column in columns)
    rows = database.execute(f"SELECT {selected} FROM read_parquet(?, union_by_name = true, hive_partitioning = false)", [[file.file_path.removeprefix("file://") for file in files]]).fetchall()
    check_rows(name, "DuckDB", ({c: utc(v) for c, v in zip(columns, row)} for row in rows))


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    answers = json.loads((root / "answers.json").read_text()) if (root / "answers.json").exists() else {}
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir())
    for folder in folders:
        try:
            check_table(folder, database, answers.get(folder.name))
        except Exception as e:
            faults.append(f"{folder.name}: {type(e).__name__}: {e}")
    print(json.dumps({"tables": len(folders), "faults": faults}))


def check_table(folder, database, answers):
    name, table = folder.name, load(folder)
    check_headers(name, table)
    check_partitions(name, table)
    check_metrics(name, table)
    check_filters(name, table, answers)
    files = [task.file for task in table.scan().plan_files()]
    if files[0].file_path.endswith(".parquet"):
        check_rows(name, "PyIceberg", from_arrow(table.scan().to_arrow()))
        check_duckdb(name, files, database)
    # PyIceberg reads no data files of Avro; of both formats the files' own readers, which know no column that came later.
    rows = [row for file in files for row in read_file(file.file_path)]
    check_rows(name, "the format's own reader", ({column: row.get(column) for column in columns} for row in rows))


main()
