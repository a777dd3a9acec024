"""Counts the rows of a table with PyIceberg: of its folder, prints {rows, distinct, snapshots, commits}, distinct by the column n; all zero where there is no table yet."""
import json
import pathlib
import sys

from pyiceberg.table import StaticTable

folder = pathlib.Path(sys.argv[1])
hint = folder / "metadata/version-hint.text"
counts = {"rows": 0, "distinct": 0, "snapshots": 0, "commits": 0}
if hint.exists():
    table = StaticTable.from_metadata(f"file://{folder}/metadata/v{hint.read_text().strip()}.metadata.json")
    rows = table.scan(selected_fields=("n",)).to_arrow()["n"].to_pylist()
    commits = {(s.summary["streamforge.pipeline"], s.summary["streamforge.sink"], s.summary["streamforge.checkpoint"]) for s in table.metadata.snapshots}
    counts = {"rows": len(rows), "distinct": len(set(rows)), "snapshots": len(table.metadata.snapshots), "commits": len(commits)}
print(json.dumps(counts))
