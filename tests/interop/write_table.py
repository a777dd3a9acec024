"""Writes a table with PyIceberg below the folder given: shop.lines, partitioned by day(at), two appends of three rows and of one. Prints where it is and what PyIceberg says of it."""
import datetime
import decimal
import json
import sys

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import DecimalType, LongType, NestedField, TimestamptzType

folder = sys.argv[1]
catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
catalog.create_namespace("shop")
schema = Schema(
    NestedField(1, "id", LongType()), NestedField(2, "amount", DecimalType(12, 3)), NestedField(3, "at", TimestamptzType()))
table = catalog.create_table("shop.lines", schema, partition_spec=PartitionSpec(PartitionField(3, 1000, DayTransform(), "at_day")))
arrow = schema.as_arrow()
at = datetime.datetime(2024, 5, 1, 10, tzinfo=datetime.timezone.utc)
day = datetime.timedelta(days=1)
table.append(pa.Table.from_pylist(
    [{"id": 1, "amount": decimal.Decimal("1.500"), "at": at}, {"id": 2, "amount": None, "at": at}, {"id": 3, "amount": decimal.Decimal("-2.000"), "at": at + day}], schema=arrow))
table.append(pa.Table.from_pylist([{"id": 4, "amount": decimal.Decimal("0.001"), "at": at + day}], schema=arrow))
summary = table.current_snapshot().summary
print(json.dumps({
    "folder": table.location().removeprefix("file://"),
    "metadata": table.metadata_location.removeprefix("file://"),
    "format_version": table.metadata.format_version,
    "rows": int(summary["total-records"]),
    "files": int(summary["total-data-files"]),
    "bytes": int(summary["total-files-size"]),
    "snapshots": len(table.metadata.snapshots),
    "snapshot_id": table.metadata.current_snapshot_id,
}))
