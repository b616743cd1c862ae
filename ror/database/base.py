"""Django backend over the embedded server: a PostgreSQL backend that finds its own address when it connects."""

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from psycopg import sql

from . import server
from .programs import ServerError

MAINTENANCE_DATABASE = "postgres"  # always there; used to make the others

known_databases: set[tuple[int, str]] = set()


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL that the project starts by itself; nothing is started before the first connection."""

    def get_connection_params(self) -> dict:
        """Parameters of a connection to the running server; ImproperlyConfigured, in French, when it cannot run."""
        parameters = super().get_connection_params()
        try:
            address = server.join(settings.DATA_DIR)
        except ServerError as error:
            raise ImproperlyConfigured(str(error)) from error
        parameters |= {
            "host": address.host,
            "port": address.port,
            "user": address.user,
            "password": address.password,
        }
        ensure_database(address, parameters["dbname"])
        return parameters


def ensure_database(address: server.Address, name: str) -> None:
    """Make the database when it is missing; looked at once per process and server."""
    if name == MAINTENANCE_DATABASE or (address.port, name) in known_databases:
        return
    with psycopg.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        dbname=MAINTENANCE_DATABASE,
        autocommit=True,
    ) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            _create(connection, name)
    known_databases.add((address.port, name))


def _create(connection: psycopg.Connection, name: str) -> None:
    try:
        connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8'").format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # another command crossed us
