"""Database backend of the portal when no DATABASE_URL is given: its own PostgreSQL, started at the first connection.

`base.py` is the Django backend, `server.py` starts, joins and stops the server, `programs.py` decides how the
PostgreSQL programs may be run here, `files.py` holds the private files and the locks.
"""
