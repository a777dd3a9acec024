"""Reads the tables of the clickstream demo in the warehouse folder given with PyIceberg and with DuckDB, and prints what each found: rows, exact sums, counts by type and by condition, snapshots."""
import json
import os
import sys

import duckdb
import pyarrow.compute as pc
from pyiceberg.table import StaticTable

folder, condition = sys.argv[1], sys.argv[2]
clicks, windows = f"{folder}/demo/clicks", f"{folder}/demo/product_windows"


def newest(table):
    with open(f"{table}/metadata/version-hint.text") as hint:
        return f"{table}/metadata/v{hint.read().strip()}.metadata.json"


def pyiceberg():
    table, closed = StaticTable.from_metadata(newest(clicks)), StaticTable.from_metadata(newest(windows))
    rows, chosen = table.scan().to_arrow(), table.scan(row_filter=condition).to_arrow()
    types = rows.column("event_type").value_counts().to_pylist()
    return {
        "rows": rows.num_rows,
        "transaction_value": str(pc.sum(rows.column("transaction_value")).as_py()),
        "types": {t["values"]: t["counts"] for t in types},
        "positions": pc.count_distinct(rows.column("_source_position")).as_py(),
        "chosen": sorted(chosen.column("event_id").to_pylist()),
        "windows": closed.scan().to_arrow().num_rows,
        "snapshots": len(table.metadata.snapshots) + len(closed.metadata.snapshots),
    }


def duck():
    # The interpreter's environment brings the extensions where the machine has no way to download them.
    extensions = os.path.join(sys.prefix, "duckdb-extensions")
    db = duckdb.connect(config={"extension_directory": extensions} if os.path.isdir(extensions) else {})
    db.execute("INSTALL avro; LOAD avro; INSTALL iceberg; LOAD iceberg")
    db.execute("SET TimeZone = 'UTC'")

    def one(sql):
        return db.execute(sql).fetchone()[0]

    table, closed = f"iceberg_scan('{clicks}')", f"iceberg_scan('{windows}')"
    return {
        "rows": one(f"SELECT count(*) FROM {table}"),
        "transaction_value": str(one(f"SELECT sum(transaction_value) FROM {table}")),
        "types": dict(db.execute(f"SELECT event_type, count(*) FROM {table} GROUP BY ALL").fetchall()),
        "positions": one(f"SELECT count(DISTINCT _source_position) FROM {table}"),
        "chosen": sorted(row[0] for row in db.execute(f"SELECT event_id FROM {table} WHERE {condition}").fetchall()),
        "windows": one(f"SELECT count(*) FROM {closed}"),
        "snapshots": one(f"SELECT count(*) FROM iceberg_snapshots('{clicks}')") + one(f"SELECT count(*) FROM iceberg_snapshots('{windows}')"),
    }


print(json.dumps({"pyiceberg": pyiceberg(), "duckdb": duck()}, sort_keys=True))
