"""A spreadsheet of 20,000 lines and 17 columns, two of them references: ours, django-import-export's own way, a COPY.

Budget: 6 s to read and validate, 3 s to apply with history, 300 MB at most; 20 times as fast as an unmodified
`ModelResource` that cleans its instances, run as its admin runs it (a preview, then the import), on the same file, the
same tables and the same triggers. The default writes the rows alone; ours also keeps the lines of the preview, checks
each offer by the whole rule book, links, numbers and keeps its versions.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from import_export import fields, resources, widgets
from import_export.formats.base_formats import XLSX

from ror.history import writing
from ror.imports.models import Channel, ImportFile, ImportJob
from ror.reference.models import Commune
from ror.spreadsheets import write_workbook
from structures.document import new_id
from structures.models import GeographicEntity, InternalOrganization, Offer, OfferPlace, Place
from structures.publishing import Description, publish_all
from tests import factories

ROWS = int(os.environ.get("ROR_BENCH_ROWS", "20000"))
PLACES_OF_AN_OFFER = 10
OFFERS_OF_AN_ENTITY = 10
TOGETHER = 1000
AUTHOR = "bench_imports"
KEY, FINESS, LINE, LINE_ID = "Identifiant de l'offre", "Établissement (n° FINESS)", "Ligne", "id"
PUBLISHED = "published_at"
Record = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One file: its sheet, its lines, and what the default way is told of it."""

    name: str
    sheet: str
    lines: list[Record]
    resource: type[resources.ModelResource]


def run() -> None:
    """Print a line per case and per way; alone on the last one, the lowest ratio."""
    ratios = []
    for case in cases():
        content = workbook(case)
        copied = bare_copy(case)
        seconds, said = ours(case, content)
        default = by_default(case, content)
        ratios.append(default / seconds)
        told(case, "COPY des seules lignes, sans contrôle ni aperçu", copied)
        told(case, "django-import-export, aperçu puis import", default)
        told(case, "le portail, lecture, contrôle, aperçu, application", seconds, said)
    print(f"ratio {min(ratios):.1f}")


def cases() -> Iterator[Case]:
    """New places, the same places changed, then offers changed."""
    offers = make_offers(ROWS // PLACES_OF_AN_OFFER)
    yield Case("lieux, création", "Lieux", list(new_places(offers)), PlaceResource)
    yield Case("lieux, modification", "Lieux", list(changed_places(offers)), PlaceResource)
    make_offers(ROWS - len(offers))
    yield Case("offres, modification", "Offres", list(changed_offers()), OfferResource)


def make_offers(count: int) -> list[Offer]:
    """Published offers, each with an activity, a contact and a place."""
    made = []
    for start in range(0, count, TOGETHER):
        entities = [factories.GeographicEntityFactory() for _ in range(TOGETHER // OFFERS_OF_AN_ENTITY)]
        for entity in entities:
            factories.InternalOrganizationFactory(geographic_entity=entity)
        said = [
            Description(document(f"Offre fictive {rank}"), entities[rank % len(entities)])
            for rank in range(start, min(count, start + TOGETHER))
        ]
        made += [each.offer for each in publish_all(said, author=AUTHOR, channel="command")]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


def document(name: str) -> dict[str, Any]:
    return factories.offer_document(name=name, hours=[], always_open=True, contacts=[factories.contact_row()])


# The files.


def new_places(offers: list[Offer]) -> Iterator[Record]:
    entities = dict(GeographicEntity.objects.values_list("pk", "finess"))
    for rank in range(ROWS):
        offer = offers[rank % len(offers)]
        yield place(rank, offer.identifier, entities[offer.geographic_entity_id]) | {LINE_ID: new_id()}


def changed_places(offers: list[Offer]) -> Iterator[Record]:
    """Every place that the first import made, each with another name and another street."""
    links = OfferPlace.objects.filter(place__name__startswith="Antenne").order_by("place__name")
    rows = links.values_list("place", "offer__identifier", "geographic_entity__finess")
    for rank, (key, identifier, finess) in enumerate(rows):
        changes = {"Nom du lieu": f"Antenne rénovée {rank}", "Nom de la voie": "des Essais"}
        yield place(rank, identifier, finess) | changes | {LINE: str(key), LINE_ID: str(key)}


def place(rank: int, offer: str, finess: str) -> Record:
    return {
        KEY: offer,
        LINE: "",
        FINESS: finess,
        "Nom du lieu": f"Antenne {rank:05}",
        "Étage, appartement, chez…": f"Étage {rank % 5}",
        "Bâtiment, entrée, résidence": f"Bâtiment {rank % 7}",
        "Numéro": str(rank % 90 + 1),
        "Type de voie": "R35:RUE",
        "Nom de la voie": "des Exemples",
        "Lieu-dit": "Les Exemples",
        "Code postal": "35000",
        "Localité de distribution": "RENNES",
        "Commune": "35238",
        "Comment s'y rendre": "Par la cour, puis à droite.",
        "Latitude": f"48,1{rank % 90 + 10}",
        "Longitude": f"-1,6{rank % 90 + 10}",
        "Commentaire sur le lieu": f"Lieu fictif n° {rank}",
    }


def changed_offers() -> Iterator[Record]:
    organizations = dict(InternalOrganization.objects.values_list("geographic_entity", "identifier"))
    rows = Offer.objects.order_by("pk").values_list("identifier", "geographic_entity", "geographic_entity__finess")
    for rank, (identifier, entity, finess) in enumerate(rows):
        yield {
            KEY: identifier,
            FINESS: finess,
            "Organisation interne": organizations[entity],
            "Nom de l'offre": f"Offre renommée {rank}",
            "Champ d'activité": "R227:04",
            "Mode de prise en charge": "R213:46",
            "Type d'offre": "R244:21",
            "Temporalité d'accueil": "R240:02",
            "Âge minimal": str(60 + rank % 10),
            "Unité de l'âge minimal": "a",
            "Âge maximal": "120",
            "Unité de l'âge maximal": "a",
            "Publics pris en charge": "R239:01",
            "Ouvert 24 h/24, 7 j/7": "1",
            "Secteurs psychiatriques": "",
            "Zone d'intervention": "",
            "Commentaire": f"Commentaire fictif {rank}",
            PUBLISHED: "2026-01-01 00:00:00",
        }


def workbook(case: Case) -> bytes:
    titles, out = list(case.lines[0]), io.BytesIO()
    write_workbook(out, case.sheet, titles, ([line[title] for title in titles] for line in case.lines))
    return out.getvalue()


# The default way: only the two references are declared; codes are written as they are.


def column(attribute: str, title: str, widget: Any = None) -> fields.Field:
    return fields.Field(attribute, title, **({"widget": widget} if widget else {}))


class DecimalComma(widgets.DecimalWidget):
    """The default reads no decimal comma: without this it would refuse every line."""

    def clean(self, value: Any, row: Any = None, **kwargs) -> Any:
        return super().clean(str(value or "").replace(",", ".") or None, row, **kwargs)


class PlaceResource(resources.ModelResource):
    id = column("id", LINE_ID)
    geographic_entity = column("geographic_entity", FINESS, widgets.ForeignKeyWidget(GeographicEntity, "finess"))
    commune = column("commune", "Commune", widgets.ForeignKeyWidget(Commune, "code"))
    name = column("name", "Nom du lieu")
    delivery_point = column("delivery_point", "Étage, appartement, chez…")
    address_complement = column("address_complement", "Bâtiment, entrée, résidence")
    street_number = column("street_number", "Numéro")
    street_type = column("street_type_id", "Type de voie")
    street_name = column("street_name", "Nom de la voie")
    place_name = column("place_name", "Lieu-dit")
    postcode = column("postcode", "Code postal")
    locality = column("locality", "Localité de distribution")
    description = column("description", "Comment s'y rendre")
    latitude = column("latitude", "Latitude", DecimalComma())
    longitude = column("longitude", "Longitude", DecimalComma())
    comment = column("comment", "Commentaire sur le lieu")

    class Meta:
        model = Place
        import_id_fields = ("id",)
        clean_model_instances = True


class OfferResource(resources.ModelResource):
    identifier = column("identifier", KEY)
    geographic_entity = column("geographic_entity", FINESS, widgets.ForeignKeyWidget(GeographicEntity, "finess"))
    internal_organization = column(
        "internal_organization", "Organisation interne", widgets.ForeignKeyWidget(InternalOrganization, "identifier")
    )
    name = column("name", "Nom de l'offre")
    activity_field = column("activity_field_id", "Champ d'activité")
    care_mode = column("care_mode_id", "Mode de prise en charge")
    offer_type = column("offer_type_id", "Type d'offre")
    reception_temporality = column("reception_temporality_id", "Temporalité d'accueil")
    age_min = column("age_min", "Âge minimal", widgets.IntegerWidget())
    age_min_unit = column("age_min_unit", "Unité de l'âge minimal")
    age_max = column("age_max", "Âge maximal", widgets.IntegerWidget())
    age_max_unit = column("age_max_unit", "Unité de l'âge maximal")
    publics = column("publics", "Publics pris en charge", widgets.SimpleArrayWidget())
    always_open = column("always_open", "Ouvert 24 h/24, 7 j/7", widgets.BooleanWidget())
    comment = column("comment", "Commentaire")
    published_at = column("published_at", PUBLISHED, widgets.DateTimeWidget())

    class Meta:
        model = Offer
        import_id_fields = ("identifier",)
        clean_model_instances = True


def by_default(case: Case, content: bytes) -> float:
    """Seconds of the preview, then of the import, each reading the file, as the library's admin does; undone after."""
    return undone(lambda: _preview_then_import(case, content))


def _preview_then_import(case: Case, content: bytes) -> None:
    for is_preview in (True, False):
        result = case.resource().import_data(XLSX().create_dataset(content), dry_run=is_preview, use_transactions=True)
        if result.has_errors() or result.has_validation_errors():
            first = [str(error.error) for row in result.rows for error in row.errors][:1]
            raise RuntimeError(f"{case.name}: the default way refuses lines: {result.totals} {first}")


def bare_copy(case: Case) -> float:
    """Seconds of a COPY of what the lines would write, into a table without index nor trigger."""
    titles = list(case.lines[0])
    rows = [[line[title] for title in titles] for line in case.lines]

    def copy() -> None:
        columns = ", ".join(f"c{at} text" for at in range(len(titles)))
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE bench_copy ({columns}) ON COMMIT DROP")
            with cursor.copy("COPY bench_copy FROM STDIN") as target:
                for row in rows:
                    target.write_row(row)

    return undone(copy)


def undone(work: Callable[[], None]) -> float:
    """Seconds of some work, deferred checks included, then undone."""
    with transaction.atomic(), writing(AUTHOR, "command"):
        started = time.perf_counter()
        work()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


# Ours: in a process of its own, like the worker, so that its memory is its own.


def ours(case: Case, content: bytes) -> tuple[float, dict[str, Any]]:
    """Seconds to read, validate, keep the preview and apply, commits included; and what the process said."""
    owner = factories.administrator()
    job = ImportJob.objects.create(
        owner=owner, channel=Channel.ADMIN, proven=True, reason="mesure", file_name="mesure.xlsx", sha256="mesure"
    )
    ImportFile.objects.create(job=job, name="mesure.xlsx", content=content)
    command = [sys.executable, "-m", "tests.benchmarks.importing", connection.settings_dict["NAME"], str(job.pk)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    said = json.loads(done.stdout.splitlines()[-1])
    if said["refused"] or said["applied"] != len({line[KEY] for line in case.lines}):
        raise RuntimeError(f"{case.name}: {said}")
    return said["validating"] + said["applying"], said


def told(case: Case, way: str, seconds: float, said: dict[str, Any] | None = None) -> None:
    more = ""
    if said:
        more = (
            f" ; lire et contrôler {said['validating']:.1f} s (budget 6), appliquer {said['applying']:.1f} s"
            f" (budget 3), compte rendu {said['reporting']:.1f} s ; mémoire {said['memory']} Mo"
            f" (+ {said['reader']} Mo pour lire ; budget 300)"
        )
    print(f"{case.name:22} {way:52} {seconds:7.1f} s {len(case.lines) / seconds:8.0f} lignes/s{more}", flush=True)
