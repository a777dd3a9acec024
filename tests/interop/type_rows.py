"""Rows of every type of the pipeline file with the values that tables go wrong at, as JSON Lines for a pipeline and as Python values for those who check what became of them."""
import base64
import datetime
import decimal
import json
import math

from pyiceberg.expressions import And, EqualTo, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, NotNull

ZONE = datetime.timezone.utc
ROWS = 60

# Lengths are coprime in pairs often enough that the values of any two columns meet in many ways.
POOLS = {
    "flag": [True, False, None],
    "i": [0, 34, -1, 2147483647, -2147483648, None],
    "l": [0, 34, None, -9223372036854775808, 9223372036854775807, 9007199254740993, -9007199254740993],
    "d": ["0.0", "1.5", "-0.0", "nan", "-1e308", "5e-324", "inf", None, "-inf", "0.1"],
    "money": ["0.00", "-0.01", "999.99", None, "-999.99", "14.20"],
    "amount": ["0.0000", "99999999999999.9999", "-99999999999999.9999", "-0.0001", None, "14.2000", "128.0000"],
    "huge": ["0.0000000000", None, "9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999", "-0.0000000001", "1.2800000000"],
    "s": ["", "iceberg", None, "ünïcode", "日本語の文字列は十六文字よりも長くなければならない", "a/b=c %20+&?#", "x" * 200, "😀" * 90, "é" * 16 + "z", "\U0010ffff" * 18,
          "prefix-of-sixteen and on", "quote\"\\\n\t"],
    "b": [b"", b"\x00\x01\x02\x03", None, b"\xff" * 20, bytes(range(40)), b"\xfe" + b"\xff" * 30],
    "day": ["1970-01-01", "1969-12-31", "0001-01-01", "9999-12-31", None, "2024-02-29", "1600-03-01"],
    "ts": ["1970-01-01T00:00:00", "1969-12-31T23:59:59.999999", None, "0001-01-01T00:00:00", "2024-02-29T12:34:56.789012", "1900-01-31T23:00:00.000001"],
    "tz": ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2024-02-29T01:30:00+02:00", "1582-10-15T00:00:00Z", None, "2017-11-16T22:31:08Z", "1969-12-31T22:59:59Z"],
    "list": ['[1,2,null]', '[]', None, '[["a"],["ü"]]', '[{"x":1.50}]'],
    "dict": ['{"a":1}', '{}', None, '{"k":null,"\\u00fc":[1]}'],
    "rec": ['{"x":1,"y":{"z":"😀"}}', None, '{"x":null}'],
    "nothing": [None],
    "nothing_i": [None],
}
TYPES = {
    "flag": "boolean", "i": "int", "l": "bigint", "d": "double", "money": "decimal(5,2)", "amount": "decimal(18,4)", "huge": "decimal(38,10)", "s": "string", "b": "bytes",
    "day": "date", "ts": "timestamp", "tz": "timestamptz", "list": "array", "dict": "map", "rec": "row", "nothing": "string", "nothing_i": "int", "added": "decimal(9,3)", "n": "bigint", "at": "timestamptz",
}

# A filter in our SQL, in PyIceberg's terms, and as what it says.
FILTERS = {
    "flag = true": (EqualTo("flag", True), lambda r: r["flag"] is True),
    "i < 0": (LessThan("i", 0), lambda r: r["i"] is not None and r["i"] < 0),
    "l > 34": (GreaterThan("l", 34), lambda r: r["l"] is not None and r["l"] > 34),
    "d > 1": (GreaterThan("d", 1.0), lambda r: r["d"] is not None and r["d"] > 1),
    "money >= 14.20": (GreaterThanOrEqual("money", decimal.Decimal("14.20")), lambda r: r["money"] is not None and r["money"] >= decimal.Decimal("14.20")),
    "amount < 0": (LessThan("amount", decimal.Decimal("0.0000")), lambda r: r["amount"] is not None and r["amount"] < 0),
    "huge > 1": (GreaterThan("huge", decimal.Decimal("1.0000000000")), lambda r: r["huge"] is not None and r["huge"] > 1),
    "s = 'iceberg'": (EqualTo("s", "iceberg"), lambda r: r["s"] == "iceberg"),
    "s > 'é'": (GreaterThan("s", "é"), lambda r: r["s"] is not None and r["s"] > "é"),
    "s IS NULL": (IsNull("s"), lambda r: r["s"] is None),
    "day < DATE '1970-01-01'": (LessThan("day", "1970-01-01"), lambda r: r["day"] is not None and r["day"] < datetime.date(1970, 1, 1)),
    "ts < TIMESTAMP '1970-01-01 00:00:00'": (LessThan("ts", "1970-01-01T00:00:00"), lambda r: r["ts"] is not None and r["ts"] < datetime.datetime(1970, 1, 1)),
    "ts IS NOT NULL AND i = 34": (And(NotNull("ts"), EqualTo("i", 34)), lambda r: r["ts"] is not None and r["i"] == 34),
    "nothing IS NOT NULL": (NotNull("nothing"), lambda r: False),
}


def raw(part):
    """The rows of part 1 or 2 as they stand in the file; those of part 2 have the column that came later."""
    for n in range((part - 1) * ROWS, part * ROWS):
        row = {"n": n, "at": (datetime.datetime(2024, 5, 1, tzinfo=ZONE) + datetime.timedelta(minutes=30 * n)).isoformat()}
        row |= {name: pool[n * (1 + i % 3) % len(pool)] if n % 11 else pool[n // 11 % len(pool)] for i, (name, pool) in enumerate(POOLS.items())}
        if part > 1:
            row["added"] = None if n % 5 == 0 else f"{n}.125"
        yield row


def write(part, path):
    with open(path, "w", encoding="utf-8") as file:
        for row in raw(part):
            d = row["d"]
            special = d if d in ("nan", "inf", "-inf") else None
            cells = [f'"{name}":{cell(name, value)}' for name, value in row.items() if name != "d"]
            cells += [f'"d0":{"null" if d is None or special else d}', f'"special":{json.dumps(special)}', '"zero":0.0', '"one":1.0']
            file.write("{" + ",".join(cells) + "}\n")


def cell(name, value):
    if value is None:
        return "null"
    if name in ("list", "dict", "rec"):
        return value
    if name == "b":
        return json.dumps(base64.b64encode(value).decode())
    return json.dumps(value, ensure_ascii=len(name) % 2 == 0)


def value(name, text):
    """A cell as the Python value that readers give."""
    if text is None:
        return None
    kind = TYPES[name]
    if kind.startswith("decimal"):
        return decimal.Decimal(text)
    if kind == "double":
        return float(text)
    if kind == "date":
        return datetime.date.fromisoformat(text)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(text)
    if kind == "timestamptz":
        return datetime.datetime.fromisoformat(text).astimezone(ZONE)
    return text


def expected(parts):
    """All rows of the parts by n, with every column."""
    return {row["n"]: {name: value(name, row.get(name)) for name in TYPES} for part in parts for row in raw(part)}


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b) or math.isnan(a) and math.isnan(b)
    return type(a) is type(b) and a == b
