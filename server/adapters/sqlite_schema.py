"""Brings a SQLite file in step with the models: makes tables, columns and indexes, and drops what no model declares.

It runs when a model is first used. All processes that share a file must run the same version of the models.
"""
# ruff: noqa: S608 (SQL is put together from names that `Table` has checked, never from values)

import sqlite3
from collections.abc import Iterator

import orjson

from server.adapters.sqlite_tables import Table

FORMAT = 1
"""Of the file as a whole, kept in SQLite's user_version."""
_CHUNK = 1_000


def check_format(connection: sqlite3.Connection) -> None:
    """Marks a new file. Raises ValueError for one that a later version of the platform has written."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise ValueError(f"the database has format {found}; this version reads up to {FORMAT}")
    if found < FORMAT:
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def bring_in_step(connection: sqlite3.Connection, table: Table) -> None:
    """Raises ValueError when stored documents collide in an index that is now declared unique."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        name = f'"{table.collection}"'
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} (id TEXT PRIMARY KEY NOT NULL, _json TEXT NOT NULL)")
        wanted = dict(_indexes(table))
        for index, sql in _existing_indexes(connection, table):
            if wanted.get(index) != sql:
                connection.execute(f'DROP INDEX "{index}"')
            else:
                del wanted[index]
        _bring_columns_in_step(connection, table)
        for index, sql in wanted.items():
            _make_index(connection, index, sql)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def out_of_step(connection: sqlite3.Connection, table: Table) -> list[str]:
    """The declared indexes that are missing or are other than declared. Changes nothing."""
    existing = dict(_existing_indexes(connection, table))
    return [
        index.name
        for index, (name, sql) in zip(table.indexes, _indexes(table), strict=True)
        if existing.get(name) != sql
    ]


def columns(connection: sqlite3.Connection, collection: str) -> set[str]:
    """The indexed fields that have a column."""
    query = "SELECT name FROM pragma_table_info(?) WHERE name NOT IN ('id', '_json')"
    return {name for (name,) in connection.execute(query, (collection,)).fetchall()}


def _make_index(connection: sqlite3.Connection, index: str, sql: str) -> None:
    try:
        connection.execute(sql)
    except sqlite3.IntegrityError as error:
        raise ValueError(f"{index} is now declared unique, but stored documents collide in it") from error


def _indexes(table: Table) -> Iterator[tuple[str, str]]:
    """Name and SQL of each declared index, the SQL as SQLite keeps it."""
    for index in table.indexes:
        name = f"{table.collection}.{index.name}"
        fields = [f'"{field}"' for field in index.fields]
        columns = ", ".join(fields if index.unique else [*fields, "id"])
        present = " AND ".join(f"{field} IS NOT NULL" for field in fields)
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        yield name, f'CREATE {kind} "{name}" ON "{table.collection}" ({columns}) WHERE {present}'


def _existing_indexes(connection: sqlite3.Connection, table: Table) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    return connection.execute(query, (table.collection,)).fetchall()


def _bring_columns_in_step(connection: sqlite3.Connection, table: Table) -> None:
    existing = columns(connection, table.collection)
    for field in existing - set(table.fields):  # nobody would keep it up to date any more
        connection.execute(f'ALTER TABLE "{table.collection}" DROP COLUMN "{field}"')
    missing = [field for field in table.fields if field not in existing]
    for field in missing:
        connection.execute(f'ALTER TABLE "{table.collection}" ADD COLUMN "{field}"')
    if missing:
        _fill_columns(connection, table)


def _fill_columns(connection: sqlite3.Connection, table: Table) -> None:
    query = f'SELECT rowid, _json FROM "{table.collection}" WHERE rowid > ? ORDER BY rowid LIMIT {_CHUNK}'
    last = 0
    while rows := connection.execute(query, (last,)).fetchall():
        connection.executemany(table.update, (table.row(text, orjson.loads(text)) for _, text in rows))
        last = rows[-1][0]
