"""Loading what the project bundles: nomenclatures, territories, then what other apps registered in `LOADERS`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction

from ror.reference import upserts
from ror.reference.copying import DATA, bundled, copy_csv
from ror.reference.models import Edition
from ror.reference.nomenclature import renew

# Callables without argument that return one French line about what they did, or "" when nothing changed. Apps append
# theirs in AppConfig.ready(); each runs in its own transaction, after the reference data is there.
LOADERS: list[Callable[[], str]] = []

FILES = {
    "given_systems": "systems.csv",
    "given_value_sets": "value_sets.csv",
    "given_concepts": "concepts.csv",
    "given_members": "members.csv",
    "given_regions": "regions.csv",
    "given_departments": "departments.csv",
    "given_communes": "communes.csv.gz",
    "given_former_communes": "former_communes.csv.gz",
}
# Raise it when the statements of `upserts` change: every base then loads the files again.
FORMAT = 1


@dataclass(frozen=True)
class Loaded:
    """What a load did: nothing when the files were already there."""

    already_there: bool
    concepts: int = 0
    communes: int = 0


def _analyse() -> None:
    """Tell the planner at once what was loaded: without statistics the first minutes may get absurd plans."""
    with connection.cursor() as cursor:
        for model in apps.get_app_config("reference").get_models():
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def load_bundle() -> Loaded:
    """Load the bundled nomenclatures and territories, in one transaction; at once when this very bundle is loaded."""
    digest = bundle_digest()
    with transaction.atomic():
        edition, _ = Edition.objects.select_for_update().get_or_create(pk=1)
        if edition.bundle_digest == digest:
            return Loaded(already_there=True)
        for table, name in FILES.items():
            copy_csv(table, bundled(name))
        concepts, communes = _upsert()
        Edition.objects.filter(pk=1).update(bundle_digest=digest)
        _analyse()
    renew()
    return Loaded(already_there=False, concepts=concepts, communes=communes)


def bundle_digest() -> str:
    """Digest of the bundled files and of the way they are loaded."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for name in FILES.values():
        digest.update((DATA / name).read_bytes())
    return digest.hexdigest()


def _upsert() -> tuple[int, int]:
    """Number of concepts, then of communes, that were added or changed."""
    with connection.cursor() as cursor:
        cursor.execute(upserts.SYSTEMS)
        cursor.execute(upserts.CONCEPTS)
        concepts = cursor.rowcount
        cursor.execute(upserts.VALUE_SETS)
        cursor.execute(upserts.MEMBERS)
        cursor.execute(upserts.CLOSE_MEMBERS)
        cursor.execute(upserts.REGIONS)
        cursor.execute(upserts.DEPARTMENTS)
        cursor.execute(upserts.COMMUNES)
        communes = cursor.rowcount
        cursor.execute(upserts.GONE_COMMUNES)
        cursor.execute(upserts.FORMER_COMMUNES)
    return concepts, communes
