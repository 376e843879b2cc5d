"""Reads tables with DuckDB's own extension for Iceberg: a folder of a table a line comes in, a line of JSON goes out for each."""

import glob
import json
import sys

import duckdb

PRINTED = {"TIMESTAMP WITH TIME ZONE": "CAST(epoch_us({0}) AS VARCHAR)"}


def extension(name):
    [file] = glob.glob(f"{sys.prefix}/lib/python3*/site-packages/duckdb_extension_{name}/extensions/*/{name}.duckdb_extension")
    return file


con = duckdb.connect()
for name in ("icu", "avro", "iceberg"):
    con.execute(f"LOAD '{extension(name)}'")
con.execute("SET TimeZone = 'UTC'")
for line in sys.stdin:
    folder = line.rstrip("\n")
    answer = {"folder": folder}
    try:
        quoted = folder.replace("'", "''")
        described = con.execute(f"DESCRIBE SELECT * FROM iceberg_scan('{quoted}')").fetchall()
        answer["columns"] = [name for name, *_ in described]
        names = [(f'"{name}"', kind) for name, kind, *_ in described]
        printed = ", ".join(PRINTED.get(kind, "CAST({0} AS VARCHAR)").format(name) for name, kind in names)
        answer["rows"] = con.execute(f"SELECT {printed} FROM iceberg_scan('{quoted}')").fetchall()
        answer["faults"] = []
    except Exception as error:  # every table gets an answer
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
