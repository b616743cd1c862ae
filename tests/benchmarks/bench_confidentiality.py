"""The cost of confidentiality at national scale: the same pages with `visible_to` and `disclose`, then without them.

Budget: 1.3 times at most, 15 queries on a list or a search. Both ways are timed in turns, so that a noisy machine
weighs on both alike. The plain way shows more rows and data: it does more work after the query, never less.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median, quantiles
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection
from django.db.models import IntegerField, Value
from django.test import Client
from django.test.utils import CaptureQueriesContext

from confidentiality import disclosure
from confidentiality.disclosure import Disclosed, Subject
from confidentiality.governed import GovernedQuerySet
from confidentiality.profiles import BIT
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from structures.models import GeographicEntity
from tests import factories

REGION, RUNS = "53", 25
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
EVERYTHING = sum(BIT.values())
PAGES = {
    "recherche, mot fréquent": "/?q=centre",
    "recherche, mot fréquent, offres": "/?q=consultation&liste=offres",
    "recherche, commune": "/?commune=35238",
    "recherche, commune, offres": "/?commune=35238&liste=offres",
    "recherche, activité": "/?activite=R211:293",
    "recherche, activité et commune": "/?activite=R211:293&commune=35238&liste=offres",
    "liste, page 40": "/?q=consultation&liste=offres&page=40",
    "liste des offres d'un établissement": "/etablissements/{establishment}/",
}


def run() -> None:
    """Print each page for a regional quality manager: both medians, their ratio, the p95 and the queries."""
    call_command("make_national_base", scale=1, yes=True, verbosity=0)
    manager = factories.holder("regional_quality_manager", factories.territory("region", REGION))
    compare_pages(manager)


def compare_pages(manager: User) -> None:
    """Print the measures over the base as it is."""
    client = Client()
    client.force_login(manager, backend=BACKEND)
    establishment = _largest_establishment()
    for name, address in PAGES.items():
        print(f"{name:36} {compare(client, address.format(establishment=establishment))}", flush=True)


def compare(client: Client, address: str) -> str:
    with CaptureQueriesContext(connection) as captured:
        status = client.get(address).status_code
    queries = len(captured)
    with passed_through():
        client.get(address)
    guarded, plain = [], []
    for _ in range(RUNS):
        guarded.append(_milliseconds(client, address))
        with passed_through():
            plain.append(_milliseconds(client, address))
    p95 = quantiles(guarded, n=20)[18]
    return (
        f"{median(guarded):6.1f} ms, sans {median(plain):6.1f} ms : × {median(guarded) / median(plain):.2f} ; "
        f"p95 {p95:.0f} ms, {queries} requêtes, statut {status}"
    )


@contextmanager
def passed_through() -> Iterator[None]:
    """Every row, with every right, and every datum."""

    def every_row(rows: GovernedQuerySet, viewer: Viewer) -> GovernedQuerySet:
        return rows.trusted("bench").annotate(rights=Value(EVERYTHING, output_field=IntegerField()))

    def every_datum(viewer: Viewer, subject: Subject) -> Disclosed:
        return Disclosed(subject.values)

    original = disclosure.disclose
    importing = [module for module in list(sys.modules.values()) if getattr(module, "disclose", None) is original]
    with ExitStack() as patches:
        patches.enter_context(patch.object(GovernedQuerySet, "visible_to", every_row))
        for module in importing:
            patches.enter_context(patch.object(module, "disclose", every_datum))
        yield


def _milliseconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    client.get(address)
    return (time.perf_counter() - started) * 1000


def _largest_establishment() -> str:
    """The establishment of the region that has the most offers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entity.id FROM structures_offer JOIN structures_geographicentity AS entity ON entity.id ="
            " geographic_entity_id WHERE entity.region_id = %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            [REGION],
        )
        (key,) = cursor.fetchone()
    return GeographicEntity.objects.trusted("bench").get(pk=key).id_nat_struct
