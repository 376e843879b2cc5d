"""Reads tables with PyIceberg: a folder of a table a line comes in, a line of JSON goes out for each."""

import json
import sys
import warnings

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.conversions import from_bytes
from pyiceberg.table import StaticTable

warnings.filterwarnings("ignore")


def texts(column, kind):
    if pa.types.is_timestamp(kind):
        if kind != pa.timestamp("us", tz="UTC"):
            raise TypeError(f"{kind} is no instant in UTC")
        column = column.cast(pa.int64())
    elif pa.types.is_date(kind):
        column = column.cast(pa.string())
    elif pa.types.is_boolean(kind):
        return [None if value is None else str(value).lower() for value in column.to_pylist()]
    elif pa.types.is_decimal(kind):
        return [None if value is None else format(value, "f") for value in column.to_pylist()]
    elif pa.types.is_floating(kind):
        return [None if value is None else repr(value) for value in column.to_pylist()]
    return [None if value is None else str(value) for value in column.to_pylist()]


def bound_faults(table):
    """What the manifests say of each file is held against the file itself."""
    for task in table.scan().plan_files():
        file = task.file
        path = file.file_path.removeprefix("file://")
        raw = pq.read_table(path)
        if file.record_count != raw.num_rows:
            yield "a file has another number of rows"
        with open(path, "rb") as opened:
            if file.file_size_in_bytes != opened.seek(0, 2):
                yield "a file has another size"
        for field in table.schema().fields:
            if field.name not in raw.column_names:
                continue
            column = raw[field.name]
            if file.null_value_counts.get(field.field_id) != column.null_count:
                yield f"{field.name} has another number of nulls"
            kind = str(field.field_type)
            if kind in ("timestamptz", "date"):
                column = column.cast(pa.int64() if kind == "timestamptz" else pa.int32())
            values = [v.encode() if isinstance(v, str) else v for v in column.to_pylist() if v is not None]
            for bounds, smallest in ((file.lower_bounds, True), (file.upper_bounds, False)):
                if field.field_id not in bounds or not values:
                    continue
                bound = from_bytes(field.field_type, bounds[field.field_id])
                bound = bound.encode() if isinstance(bound, str) else bound
                if any(value < bound if smallest else value > bound for value in values):
                    yield f"a value of {field.name} is beyond its bounds"


for line in sys.stdin:
    folder = line.rstrip("\n")
    answer = {"folder": folder}
    try:
        table = StaticTable.from_metadata(folder)
        arrow = table.scan().to_arrow()
        answer["columns"] = arrow.column_names
        columns = [texts(arrow[name], arrow.schema.field(name).type) for name in arrow.column_names]
        answer["rows"] = [list(row) for row in zip(*columns)]
        answer["faults"] = list(bound_faults(table))
    except Exception as error:  # every table gets an answer
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
