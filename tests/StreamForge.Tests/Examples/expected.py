"""Computes examples/<name>/expected.json of retail, tiers, conversions and orders from their input files, in plain Python: nothing of StreamForge takes part.

    python3 tests/StreamForge.Tests/Examples/expected.py

Sums are exact (decimal). A table's "sha256" is that of its rows as text, sorted by UTF-16: the columns' values with tabs between them, \\N for null, each row ended by a line feed.
"""
import csv
import gzip
import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def text(value):
    """A value as the tests print it; None stays."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        fraction = f".{value.microsecond:06}" if value.microsecond % 1000 else f".{value.microsecond // 1000:03}" if value.microsecond else ""
        return f"{value:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    if isinstance(value, Decimal):
        return f"{value if value else abs(value):f}"  # there is no -0.000
    return str(value)


def table(columns, rows, sums, samples):
    """What is expected of a table: rows are dicts; samples are the numbers of some of them."""
    lines = sorted(("\t".join("\\N" if row[c] is None else text(row[c]) for c in columns) for row in rows), key=lambda line: line.encode("utf-16-be"))
    digest = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
    return {
        "columns": columns,
        "rows": len(rows),
        "values": {c: sum(row[c] is not None for row in rows) for c in columns},
        "sums": {c: text(sum(row[c] for row in rows if row[c] is not None)) for c in sums},
        "sha256": digest,
        "some": [{c: text(rows[n][c]) for c in columns} for n in samples],
    }


def floor(moment, size):
    return EPOCH + (moment - EPOCH) // size * size


def retail_lines():
    with gzip.open(EXAMPLES / "retail" / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            line["Description"] = line["Description"] or None
            line["Quantity"] = int(line["Quantity"])
            line["UnitPrice"] = Decimal(line["UnitPrice"]).quantize(Decimal("0.001"))
            line["InvoiceDate"] = datetime.strptime(line["InvoiceDate"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
            line["CustomerID"] = int(Decimal(line["CustomerID"])) if line["CustomerID"] else None
            line["amount"] = line["Quantity"] * line["UnitPrice"]
            yield line


def retail(lines):
    rows = [
        {
            "InvoiceNo": line["InvoiceNo"], "StockCode": line["StockCode"], "customer_id": line["CustomerID"], "amount": line["amount"],
            "cancelled": line["Quantity"] < 0, "Country": line["Country"], "InvoiceDate": line["InvoiceDate"], "_event_time": line["InvoiceDate"],
        }
        for line in lines
    ]
    known = [row for row in rows if row["customer_id"] is not None]
    now = max(row["InvoiceDate"] for row in known) + MICROSECOND
    windows = {"1h": (HOUR, MINUTE), "1d": (DAY, 15 * MINUTE), "30d": (30 * DAY, 6 * HOUR), "lifetime": (None, None)}
    features = []
    for customer in (17850, 14646, 12713, 12346):
        values = {}
        for name, (size, tile) in windows.items():
            start = EPOCH if size is None else floor(now - size, tile)
            mine = [row for row in known if row["customer_id"] == customer and start <= row["InvoiceDate"] < now]
            amounts = [row["amount"] for row in mine]
            values[f"orders_{name}"] = text(sum(not row["cancelled"] for row in mine))
            values[f"lines_{name}"] = text(len(mine))
            values[f"spend_{name}"] = text(sum(amounts)) if mine else None
            values[f"line_min_{name}"] = text(min(amounts)) if mine else None
            values[f"line_max_{name}"] = text(max(amounts)) if mine else None
            values[f"first_product_{name}"] = min(mine, key=lambda row: row["InvoiceDate"])["StockCode"] if mine else None
            values[f"last_product_{name}"] = max(reversed(mine), key=lambda row: row["InvoiceDate"])["StockCode"] if mine else None
            values[f"products_{name}"] = text(len({row["StockCode"] for row in mine}))
        features.append({"view": "customer_activity", "key": text(customer), "values": values})
    return {
        "events": len(rows), "rows": len(known), "dead_letters": 0, "late": 0, "keys": {"customer_activity": len({row["customer_id"] for row in known})},
        "tables": {"retail.order_lines": table(list(rows[0]), rows, ["amount", "customer_id"], [0, 100_000, len(rows) - 1])},
        "features": features,
    }


def tiers(lines):
    bronze_columns = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country", "_event_time"]
    bronze = [line | {"_event_time": line["InvoiceDate"]} for line in lines]
    with open(EXAMPLES / "tiers" / "countries.csv", encoding="utf-8", newline="") as file:
        countries = {row["name"]: row for row in csv.DictReader(file)}
    silver = []
    for line in lines:
        if line["CustomerID"] is None or line["Quantity"] <= 0:
            continue
        country = countries.get(line["Country"], {"code": "ZZ", "region": "Unspecified"})
        silver.append({
            "invoice": line["InvoiceNo"], "product": line["StockCode"],
            "description": None if line["Description"] is None else line["Description"].strip(" ").upper(),
            "customer_id": line["CustomerID"], "quantity": line["Quantity"], "amount": line["amount"],
            "country": country["code"] or "ZZ", "region": country["region"], "sold_at": line["InvoiceDate"], "_event_time": line["InvoiceDate"],
        })
    days = defaultdict(list)
    for sale in silver:
        days[sale["region"], sale["country"], floor(sale["sold_at"], DAY)].append(sale)
    gold = [
        {
            "region": region, "country": country, "window": "tumbling_1d", "window_start": day, "window_end": day + DAY, "revision": 0, "op": "c",
            "lines": len(sales), "units": sum(sale["quantity"] for sale in sales), "revenue": sum(sale["amount"] for sale in sales),
            "customers": len({sale["customer_id"] for sale in sales}), "largest_line": max(sale["amount"] for sale in sales),
        }
        for (region, country, day), sales in days.items()
    ]
    today = {row["country"]: row for row in gold if row["window_start"] == datetime(2011, 12, 9, tzinfo=timezone.utc)}
    return {
        "events": len(bronze), "rows": len(silver), "dead_letters": 0, "late": 0, "keys": {"country_days": len({(row["region"], row["country"]) for row in silver})},
        "tables": {
            "bronze.order_lines": table(bronze_columns, bronze, ["Quantity", "UnitPrice"], [0, 100_000]),
            "silver.sales": table(list(silver[0]), silver, ["quantity", "amount"], [0, 100_000]),
            "gold.country_days": table(list(gold[0]), gold, ["lines", "units", "revenue", "customers", "largest_line"], [0, 1, 1000]),
        },
        "features": [
            {"view": "country_days", "key": f"{row['region']},{country}", "values": {f"{name}_tumbling_1d": text(row[name]) for name in ("lines", "units", "revenue", "customers", "largest_line")}}
            for country, row in sorted(today.items())
        ],
    }


def conversions():
    with open(EXAMPLES / "conversions" / "campaigns.csv", encoding="utf-8", newline="") as file:
        campaigns = {row["referrer"]: (row["campaign"], json.loads(row["settings"])) for row in csv.DictReader(file)}
    with gzip.open(EXAMPLES / "conversions" / "clicks.jsonl.gz", "rt", encoding="utf-8") as file:
        events = [json.loads(line, parse_float=Decimal) for line in file]
    rows, arrived = [], []
    newest = EPOCH
    for event in events:
        happened = datetime.fromisoformat(event["event_time"])
        newest = max(newest, happened)
        if event["event_type"] != "purchase" or event["transaction_value"] <= 50:
            continue
        # An hour's window takes events until an hour after it ended; with none later than this the view counts every row.
        if newest - happened > 2 * HOUR:
            raise SystemExit(f"{event['event_id']} is late")
        campaign, settings = campaigns.get(event.get("referrer"), (None, None))
        commission = None if settings is None else event["transaction_value"] * Decimal(settings.get("commission", "0")).quantize(Decimal("0.001"))
        rows.append({
            "conversion_id": event["event_id"], "user_id": event["user_id"], "session_id": event["session_id"], "product_id": event["product_id"], "category": event["category"],
            "quantity": event["quantity"], "transaction_value": event["transaction_value"], "campaign": campaign or "none",
            "channel": settings and settings["channel"], "segment": settings and settings["audience"]["segment"],
            "tags": settings and json.dumps(settings["tags"], separators=(",", ":")), "commission": commission,
            "device": event["device"], "country": event["country"], "converted_at": happened, "_event_time": happened,
        })
        arrived.append(happened)
    now = max(arrived) + MICROSECOND
    features = []
    for campaign in sorted({row["campaign"] for row in rows}):
        values = {}
        for name, start in (("1h", floor(now - HOUR, MINUTE)), ("lifetime", EPOCH)):
            mine = [row for row in rows if row["campaign"] == campaign and start <= row["converted_at"] < now]
            commissions = [row["commission"] for row in mine if row["commission"] is not None]
            values[f"conversions_{name}"] = text(len(mine))
            values[f"revenue_{name}"] = text(sum(row["transaction_value"] for row in mine))
            values[f"commission_{name}"] = text(sum(commissions)) if commissions else None
            values[f"largest_{name}"] = text(max(row["transaction_value"] for row in mine))
            values[f"buyers_{name}"] = text(len({row["user_id"] for row in mine}))
        features.append({"view": "campaign_conversions", "key": campaign, "values": values})
    return {
        "events": len(events), "rows": len(rows), "dead_letters": 0, "late": 0, "keys": {"campaign_conversions": len(features)},
        "tables": {"marketing_events.processed_conversions": table(list(rows[0]), rows, ["transaction_value", "commission", "quantity"], [0, 7, len(rows) - 1])},
        "features": features,
    }


def orders():
    with open(EXAMPLES / "orders" / "orders.jsonl", encoding="utf-8") as file:
        events = [json.loads(line) for line in file]
    # The same position in the database's log again is the same change again; snapshot reads share one.
    changes, applied = [], set()
    for event in events:
        sequence = event["source"]["sequence"]
        if event["op"] == "r" or sequence not in applied:
            changes.append(event)
        applied.add(sequence)
    table_now, images, newest = {}, 0, EPOCH
    for change in changes:
        if change["before"]:
            del table_now[change["before"]["order_id"]]
        if change["after"]:
            row = dict(change["after"])
            row["ordered_at"] = EPOCH + timedelta(milliseconds=row["ordered_at"])
            newest = max(newest, row["ordered_at"])
            images += row["status"] != "cancelled"
            table_now[row["order_id"]] = row
    rows = [row for row in table_now.values() if row["status"] != "cancelled"]
    now = newest + MICROSECOND
    features = []
    for customer in (5, 8, 13):
        mine = sorted((row for row in rows if row["customer_id"] == customer), key=lambda row: row["ordered_at"], reverse=True)
        session = []
        for row in mine:
            if (session[-1]["ordered_at"] if session else now) - row["ordered_at"] >= 15 * MINUTE:
                break
            session.append(row)
        values = {}
        since = lambda start: [row for row in mine if start <= row["ordered_at"] < now]
        for name, seen in (("1h", since(floor(now - HOUR, 5 * MINUTE))), ("lifetime", mine), ("tumbling_30m", since(floor(now, 30 * MINUTE))), ("session_15m", session)):
            values[f"orders_{name}"] = text(len(seen))
            values[f"spend_{name}"] = text(sum(Decimal(row["amount"]) for row in seen)) if seen else None
            values[f"largest_{name}"] = text(max(Decimal(row["amount"]) for row in seen)) if seen else None
            values[f"latest_{name}"] = json.dumps([row["order_id"] for row in seen[:3]], separators=(",", ":")) if seen else None
        features.append({"view": "customer_orders", "key": str(customer), "values": values})
    return {"events": len(events), "rows": images, "dead_letters": 0, "late": 0, "keys": {"customer_orders": len(features)}, "tables": {}, "features": features}


def write(name, expected):
    note = "What a run of this example gives, computed from its input by tests/StreamForge.Tests/Examples/expected.py in plain Python, without StreamForge; a test holds the example to it."
    path = EXAMPLES / name / "expected.json"
    path.write_text(json.dumps({"note": note} | expected, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    lines = list(retail_lines())
    write("retail", retail(lines))
    write("tiers", tiers(lines))
    write("conversions", conversions())
    write("orders", orders())
