"""What pyarrow and DuckDB take for what `streamforge bench parquet` measures, asked line by line.

Arguments: the file of rows to write again, the folder to write into, the file to scan and its column. The first line printed names the versions; then each line read is answered by one JSON object:
  write     seconds of pyarrow.parquet.write_table for the rows, and the file's length
  scan N    seconds of DuckDB's sum of the column with N threads, 0 for as many as it takes by itself, and the sum
"""
import json
import os
import sys
import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

rows_file, folder, scan_file, column = sys.argv[1:5]
pa.set_cpu_count(1)
pa.set_io_thread_count(1)
rows = pq.read_table(rows_file, use_threads=False).combine_chunks()
written = os.path.join(folder, "pyarrow.parquet")


def write():
    started = time.perf_counter()
    pq.write_table(rows, written, compression="zstd", compression_level=1)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "bytes": os.path.getsize(written), "rows": rows.num_rows}


connections = {}


def scan(threads):
    if threads not in connections:
        connections[threads] = duckdb.connect(config={"threads": threads} if threads else {})
    query = f"SELECT sum({column}) FROM read_parquet('{scan_file}')"
    started = time.perf_counter()
    (total,) = connections[threads].execute(query).fetchone()
    return {"seconds": time.perf_counter() - started, "sum": int(total)}


print(json.dumps({"pyarrow": pa.__version__, "duckdb": duckdb.__version__}), flush=True)
for line in sys.stdin:
    command = line.split()
    print(json.dumps(write() if command[0] == "write" else scan(int(command[1]))), flush=True)
