"""
Writes tables with PyIceberg below the folder given, as our reader may meet them: every type and transform, codecs, an evolved schema, deletes, time travel. Prints a list of
{table, metadata, snapshot?, where?, rows: [[text or null, …], …]}, in which each value is as our own tools print it.
"""
import datetime
import decimal
import json
import sys
import uuid

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import EqualTo
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform, TruncateTransform, YearTransform
from pyiceberg.types import (
    BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType, IntegerType, ListType, LongType, MapType, NestedField, StringType, StructType, TimestampType, TimestamptzType, TimeType)

folder = sys.argv[1]
catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
catalog.create_namespace("other")
tables = []
ZONE = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)

FIELDS = [
    NestedField(1, "n", LongType(), required=True), NestedField(2, "flag", BooleanType()), NestedField(3, "i", IntegerType()), NestedField(4, "f", FloatType()), NestedField(5, "d", DoubleType()),
    NestedField(6, "money", DecimalType(5, 2)), NestedField(7, "amount", DecimalType(18, 4)), NestedField(8, "huge", DecimalType(38, 10)), NestedField(9, "s", StringType()),
    NestedField(10, "b", BinaryType()), NestedField(11, "day", DateType()), NestedField(12, "ts", TimestampType()), NestedField(13, "tz", TimestamptzType()), NestedField(14, "fixed", FixedType(3)),
    NestedField(15, "time", TimeType()), NestedField(16, "list", ListType(17, LongType(), False)), NestedField(18, "dict", MapType(19, StringType(), 20, IntegerType(), False)),
    NestedField(21, "rec", StructType(NestedField(22, "x", IntegerType()), NestedField(23, "y", StringType()))),
]
TRANSFORMS = {
    "flag": [IdentityTransform()], "i": [IdentityTransform(), BucketTransform(4), TruncateTransform(10)], "money": [IdentityTransform(), BucketTransform(4), TruncateTransform(50)],
    "huge": [IdentityTransform(), BucketTransform(4), TruncateTransform(50)], "s": [IdentityTransform(), BucketTransform(4), TruncateTransform(2)], "b": [BucketTransform(4)],
    "day": [IdentityTransform(), YearTransform(), MonthTransform(), DayTransform(), BucketTransform(4)], "ts": [YearTransform(), MonthTransform(), DayTransform(), HourTransform(), BucketTransform(4)],
    "tz": [IdentityTransform(), YearTransform(), MonthTransform(), DayTransform(), HourTransform(), BucketTransform(4)],
}


def row(n):
    if n % 7 == 6:
        return {"n": n}
    at = datetime.datetime(1969, 12, 31, 22, 59, 59, 999999) + datetime.timedelta(hours=997 * (n % 5))
    return {
        "n": n, "flag": n % 2 == 0, "i": (n - 3) * 11, "f": n / 4, "d": -n / 8, "money": decimal.Decimal(n * 25 - 60) / 100, "amount": decimal.Decimal(n) / 10000,
        "huge": decimal.Decimal("-1234567890123456789.0123456789") * (n % 3), "s": ["", "straße", "日本語", "x" * 70][n % 4], "b": bytes([n, 255]) * (n % 3), "day": at.date(), "ts": at,
        "tz": at.replace(tzinfo=ZONE), "fixed": bytes([n, 0, 255]), "time": datetime.time(n, 30, 0, 5), "list": list(range(n % 3)), "dict": {"k": n} if n % 2 else {}, "rec": {"x": n, "y": None if n % 2 else "é"},
    }


def text(value):
    """A value as our rows are printed."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.datetime):
        return str((value.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (list, dict)):
        return json.dumps(dict(value) if value and isinstance(value, list) and isinstance(value[0], tuple) else value, ensure_ascii=False, separators=(",", ":"))
    return repr(value) if isinstance(value, float) else str(value)


def note(table, snapshot=None, where=None, rows=None):
    if rows is None:
        rows = table.scan(snapshot_id=snapshot).to_arrow().to_pylist()
    # What an empty list of pairs is shows only in the schema.
    maps = {field.name for field in table.schema().fields if isinstance(field.field_type, MapType)}
    tables.append({"table": table.name()[-1], "metadata": table.metadata_location, "snapshot": snapshot, "where": where,
                   "rows": [[text(dict(value) if name in maps and value is not None else value) for name, value in row.items()] for row in rows]})


def create(name, fields, spec=(), **properties):
    schema = Schema(*fields)
    parts = [PartitionField(schema.find_field(source).field_id, 1000 + i, transform, f"{source}_{i}") for i, (source, transform) in enumerate(spec)]
    return catalog.create_table(f"other.{name}", schema, partition_spec=PartitionSpec(*parts), properties=properties)


def append(table, rows):
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))


for codec in ("zstd", "gzip", "snappy", "lz4", "uncompressed"):
    table = create(f"codec_{codec}", FIELDS, **{"write.parquet.compression-codec": codec, "write.parquet.row-group-limit": "5", "write.parquet.page-row-limit": "2"})
    append(table, [row(n) for n in range(12)])
    append(table, [row(n) for n in range(12, 20)])
    note(table)

for source, transforms in TRANSFORMS.items():
    for transform in transforms:
        table = create(f"part_{source}_{type(transform).__name__}", FIELDS, [(source, transform)])
        append(table, [row(n) for n in range(20)])
        note(table)
        wanted = row(8)[source]
        if source in ("i", "s", "day"):
            literal = f"'{wanted}'" if source == "s" else f"DATE '{wanted}'" if source == "day" else str(wanted)
            note(table, where=f"{source} = {literal}", rows=[r for r in table.scan().to_arrow().to_pylist() if r[source] == wanted])

table = create("two", FIELDS, [("day", MonthTransform()), ("s", BucketTransform(3))])
append(table, [row(n) for n in range(20)])
note(table)

# Deletes rewrite files or drop them; earlier snapshots stay.
table = create("deleted", FIELDS)
append(table, [row(n) for n in range(10)])
append(table, [row(n) for n in range(10, 20)])
before = table.metadata.current_snapshot_id
table.delete(EqualTo("n", 3))
table.delete("n >= 15")
note(table)
note(table, snapshot=before)
table.overwrite(pa.Table.from_pylist([row(1)], schema=table.schema().as_arrow()))
note(table)

# Columns renamed, dropped, moved, promoted, added, and a dropped one's name used again.
table = create("evolved", [NestedField(1, "a", IntegerType()), NestedField(2, "b", FloatType()), NestedField(3, "c", DecimalType(5, 2)), NestedField(4, "d", StringType()), NestedField(5, "e", StructType(NestedField(6, "x", IntegerType())))])
append(table, [{"a": 1, "b": 0.5, "c": decimal.Decimal("1.25"), "d": "one", "e": {"x": 7}}])
first = table.metadata.current_snapshot_id
with table.update_schema() as update:
    update.rename_column("a", "id")
    update.update_column("a", LongType())
    update.update_column("b", DoubleType())
    update.update_column("c", DecimalType(12, 2))
    update.delete_column("d")
    update.move_first("c")
with table.update_schema() as update:
    update.add_column("d", LongType())
    update.add_column("a", StringType())
append(table, [{"id": 2**40, "b": 1e300, "c": decimal.Decimal("1234567890.12"), "d": 5, "a": "new", "e": {"x": 8}}])
note(table)
note(table, snapshot=first, rows=[{"a": 1, "b": 0.5, "c": decimal.Decimal("1.25"), "d": "one", "e": {"x": 7}}])

# Partitioned in another way half way through.
table = create("repartitioned", FIELDS, [("day", MonthTransform())])
append(table, [row(n) for n in range(10)])
with table.update_spec() as update:
    update.remove_field("day_0")
    update.add_field("i", BucketTransform(4), "i_bucket")
append(table, [row(n) for n in range(10, 20)])
note(table)
note(table, where="i = 55", rows=[r for r in table.scan().to_arrow().to_pylist() if r["i"] == 55])

note(create("empty", FIELDS))
print(json.dumps(tables))
