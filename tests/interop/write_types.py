"""Writes rows of every type as part-1.jsonl and part-2.jsonl into the folder given; prints the columns with their types, filters of them, and totals of all rows."""
import json
import sys

import type_rows

for part in (1, 2):
    type_rows.write(part, f"{sys.argv[1]}/part-{part}.jsonl")
rows = type_rows.expected([1, 2]).values()
totals = {"rows": len(rows), "n": sum(row["n"] for row in rows), "money": sum(int((row["money"] or 0) * 100) for row in rows),
          "nulls": sum(row["s"] is None for row in rows), "text": sum(len(row["s"] or "") for row in rows)}
print(json.dumps({"totals": totals, "types": type_rows.TYPES, "filters": list(type_rows.FILTERS)}))
