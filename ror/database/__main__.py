"""`python -m ror.database status|stop`: look at the embedded server, or stop it whoever uses it."""

import os
import sys

from . import server
from .programs import ServerError

USAGE = "Usage : python -m ror.database status|stop"


def main(arguments: list[str]) -> int:
    """Exit code: 0 done, 1 impossible, 2 misused, 3 the server does not run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings")
    from django.conf import settings

    if arguments == ["status"]:
        return report_status(server.status(settings.DATA_DIR))
    if arguments == ["stop"]:
        return report_stop(server.stop(settings.DATA_DIR))
    print(USAGE, file=sys.stderr)
    return 2


def report_status(port: int | None) -> int:
    """Print whether the server runs."""
    if port is None:
        print("La base de données du projet ne tourne pas.")
        return 3
    print(f"La base de données du projet tourne sur le port {port}.")
    return 0


def report_stop(stopped: bool) -> int:
    """Print what stopping did."""
    print("La base de données du projet est arrêtée." if stopped else "La base de données du projet ne tournait pas.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServerError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
