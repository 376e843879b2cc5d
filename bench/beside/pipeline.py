"""The shop through dlt, as its documentation shows an API: https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api"""

import sys

import dlt
import requests

_, base_url, folder, destination, location = sys.argv


@dlt.resource(name="orders", primary_key="id", write_disposition="merge")
def orders(after=dlt.sources.incremental("number", initial_value=-1)):
    cursor = after.last_value
    session = requests.Session()
    while cursor is not None:
        page = session.get(f"{base_url}/orders", params={"after": cursor, "limit": 1000}).json()
        yield page["orders"]
        cursor = page["next_after"]


# Documents stay documents in a column, as they do beside.
orders.apply_hints(columns={"details": {"data_type": "json"}})
into = dlt.destinations.duckdb(location) if destination == "duckdb" else dlt.destinations.postgres(location)
pipeline = dlt.pipeline("shop", pipelines_dir=folder, destination=into, dataset_name="shop")
pipeline.run(orders())
