"""Prints the versions of the readers and the arguments that came in."""
import json
import sys
from importlib.metadata import version

print(json.dumps({"arguments": sys.argv[1:]} | {name: version(name) for name in ("pyiceberg", "pyarrow", "duckdb", "fastavro")}))
