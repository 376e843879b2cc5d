"""Starts local-bigquery, and mends in it what the older DuckDB beneath it does not do.

A MERGE begins a transaction of its own and, where one is open, expects to be refused and goes on in that. DuckDB 1.5 takes such a
BEGIN for the end of the open transaction.
"""

import duckdb
from local_bigquery import cli
from local_bigquery.jobs import merge


class Cursor:
    """One that refuses to begin a transaction in another, and leaves that as it is."""

    def __init__(self, cursor):
        self._cursor = cursor

    def __getattr__(self, name):
        return getattr(self._cursor, name)

    def execute(self, sql, *more):
        if sql == "BEGIN" and self._has_begun():
            raise duckdb.TransactionException("a transaction is open")
        return self._cursor.execute(sql, *more)

    def _has_begun(self):
        # In a transaction the time stands still.
        first, second = (self._cursor.execute("SELECT epoch_us(now())").fetchone() for _ in range(2))
        return first == second


run = merge.run
merge.run = lambda cursor, *more: run(Cursor(cursor), *more)

cli.main()
