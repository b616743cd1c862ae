"""Between the rows of the record and the document of an offer: read one from the other, write one into the other.

Only `structures.publishing` writes here. Every read is of one offer at a time, for the portal's own work; what people
see goes through `confidentiality.disclosure`.
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from confidentiality.levels import Level
from structures.document import Document, new_id, to_json, walk
from structures.findings import Finding
from structures.merging import same_row
from structures.models import (
    Contact,
    GeographicEntity,
    Offer,
    OfferActivity,
    OfferPlace,
    OpeningHours,
    Place,
    SensitiveUnit,
    Telecom,
)
from structures.schema import OFFER, Rows

REASON = "publish: the record of one offer, compared with what is published"

# The lists of a document, and the model of their rows (telecoms hang on contacts, places are shared).
CHILDREN: dict[str, type[models.Model]] = {"activities": OfferActivity, "hours": OpeningHours, "contacts": Contact}
PLACE = OFFER.rows["places"]
OFFER_FIELDS = [name for name in OFFER.fields if name not in ("sensitive", "sensitive_motive")]


def read_document(offer: Offer) -> Document:
    """The published document of `offer`, in canonical form, read afresh whatever the age of the instance. 7 queries."""
    offer = Offer.objects.trusted(REASON).get(pk=offer.pk)
    unit = SensitiveUnit.objects.trusted(REASON).filter(offer=offer).first()
    document = {name: _value(offer, name) for name in OFFER_FIELDS}
    document["sensitive"] = unit is not None
    document["sensitive_motive"] = to_json(unit.motive) if unit else None
    for name, model in CHILDREN.items():
        rows = model.objects.trusted(REASON).filter(offer=offer)
        document[name] = [_row(row, OFFER.rows[name]) for row in rows]
    _attach_telecoms(document, offer)
    places = Place.objects.trusted(REASON).filter(offer_links__offer=offer).order_by("offer_links__position", "pk")
    document["places"] = [_row(row, OFFER.rows["places"]) for row in places]
    return document


def fill(offer: Offer, document: Document) -> None:
    """Set the offer's own columns from the document."""
    for name in OFFER_FIELDS:
        _assign(offer, name, document.get(name))


def write_children(offer: Offer, document: Document) -> None:
    """Make the rows below `offer` say what the document says: removed, changed and added rows, in sets."""
    _write_sensitivity(offer, document)
    entity_id = offer.geographic_entity_id
    sensitive = document.get("sensitive") is True
    telecoms = [
        (telecom, {"contact_id": contact["id"], "position": position})
        for contact in document["contacts"]
        for position, telecom in enumerate(contact["telecoms"])
    ]
    kept = [telecom["id"] for telecom, _ in telecoms]
    Telecom.objects.trusted(REASON).filter(contact__offer=offer).exclude(pk__in=kept).delete_rows()
    for name, model in CHILDREN.items():
        rows = [(row, _placement(model, offer, position)) for position, row in enumerate(document[name])]
        _write_rows(model, model.objects.filter(offer=offer), rows, OFFER.rows[name], entity_id, sensitive)
    _write_rows(
        Telecom,
        Telecom.objects.filter(contact__offer=offer),
        telecoms,
        OFFER.rows["contacts"].rows["telecoms"],
        entity_id,
        sensitive,
    )
    _write_places(offer, document["places"])


def foreign_rows(document: Document, offer: Offer | None, entity: GeographicEntity) -> list[Finding]:
    """A finding for each row whose id belongs to another offer: a forged or copied id is never adopted."""
    paths = {row["id"]: path for path, _, row in walk(document) if path}
    taken = [key for model in (*CHILDREN.values(), Telecom) for key in _taken(model, offer, paths)]
    strange_places = Place.objects.trusted(REASON).filter(pk__in=paths).exclude(geographic_entity=entity)
    taken += strange_places.values_list("pk", flat=True)
    message = "Cette ligne n'a pas été reconnue : retirez-la et ajoutez-la de nouveau."
    return [Finding(paths[str(key)], message, "règle du portail") for key in taken]


def _taken(model: type[models.Model], offer: Offer | None, ids: Iterable[str]) -> Iterable:
    lookup = "contact__offer" if model is Telecom else "offer"
    return (
        model.objects.trusted(REASON).filter(pk__in=list(ids)).exclude(**{lookup: offer}).values_list("pk", flat=True)
    )


def _placement(model: type[models.Model], offer: Offer, position: int) -> dict[str, Any]:
    return {"offer_id": offer.pk, "position": position} if model is Contact else {"offer_id": offer.pk}


def _write_sensitivity(offer: Offer, document: Document) -> None:
    units = SensitiveUnit.objects.trusted(REASON).filter(offer=offer)
    if document.get("sensitive") is not True:
        units.delete_rows()
        return
    motive = document.get("sensitive_motive") or ""
    if not units.update(motive=motive):
        SensitiveUnit.objects.trusted(REASON).create(offer=offer, motive=motive)


def _write_rows(
    model: type[models.Model],
    existing: models.QuerySet,
    rows: Iterable[tuple[Document, dict[str, Any]]],
    schema: Rows,
    entity_id: int,
    sensitive: bool,
) -> None:
    stored = {str(row.pk): row for row in existing.trusted(REASON)}
    wanted = {row["id"]: (row, extra) for row, extra in rows}
    gone = [key for key in stored if key not in wanted]
    if gone:
        model.objects.trusted(REASON).filter(pk__in=gone).delete_rows()
    added, changed = [], []
    for key, (row, extra) in wanted.items():
        instance = stored.get(key) or model(pk=key)
        if _set_row(instance, row, schema, {**extra, "geographic_entity_id": entity_id}, sensitive):
            (changed if key in stored else added).append(instance)
    if added:
        model.objects.trusted(REASON).bulk_create(added)
    if changed:
        placing = [name.removesuffix("_id") for name in next(iter(wanted.values()))[1]]
        model.objects.trusted(REASON).bulk_update(changed, [*schema.fields, *placing, "geographic_entity"])


def _set_row(instance: models.Model, row: Document, schema: Rows, extra: dict[str, Any], sensitive: bool) -> bool:
    """Set the columns of one row; say whether something changed (always, for a new row)."""
    before = _columns(instance)
    for name in schema.fields:
        _assign(instance, name, row.get(name))
    for name, value in extra.items():
        setattr(instance, name, value)
    if sensitive and "level" in schema.fields:
        instance.level = Level.CRISIS  # RG_EXP_039
    return instance._state.adding or _columns(instance) != before


def _write_places(offer: Offer, rows: list[Document]) -> None:
    rows = _own_places(offer, rows)
    linked = {str(link.place_id): link for link in OfferPlace.objects.trusted(REASON).filter(offer=offer)}
    wanted = [row["id"] for row in rows]
    dropped = [key for key in linked if key not in wanted]
    OfferPlace.objects.trusted(REASON).filter(offer=offer, place_id__in=dropped).delete_rows()
    Place.objects.trusted(REASON).filter(pk__in=dropped, offer_links=None).delete_rows()
    _write_rows(
        Place,
        Place.objects.filter(pk__in=wanted),  # a place that another offer of the establishment has already too
        [(row, {}) for row in rows],
        OFFER.rows["places"],
        offer.geographic_entity_id,
        False,
    )
    OfferPlace.objects.trusted(REASON).bulk_create(
        [
            OfferPlace(offer=offer, place_id=key, geographic_entity_id=offer.geographic_entity_id, position=position)
            for position, key in enumerate(wanted)
            if key not in linked
        ]
    )


def _own_places(offer: Offer, rows: list[Document]) -> list[Document]:
    """The places as this offer says them: one that others share and that changes here becomes a place of its own.

    Publishing an offer never moves another one, whose rules and version were not asked.
    """
    shared = Place.objects.trusted(REASON).filter(
        Exists(OfferPlace.objects.trusted(REASON).filter(place=OuterRef("pk")).exclude(offer=offer)),
        pk__in=[row["id"] for row in rows],
    )
    others = {str(place.pk): _row(place, PLACE) for place in shared}
    return [
        {**row, "id": new_id()} if row["id"] in others and not same_row(row, others[row["id"]], PLACE) else row
        for row in rows
    ]


def _attach_telecoms(document: Document, offer: Offer) -> None:
    by_contact: dict[str, list[Document]] = {row["id"]: [] for row in document["contacts"]}
    for telecom in Telecom.objects.trusted(REASON).filter(contact__offer=offer):
        by_contact[str(telecom.contact_id)].append(_row(telecom, OFFER.rows["contacts"].rows["telecoms"]))
    for row in document["contacts"]:
        row["telecoms"] = by_contact[row["id"]]


def _row(instance: models.Model, schema: Rows) -> Document:
    return {"id": str(instance.pk)} | {name: _value(instance, name) for name in schema.fields}


def _value(instance: models.Model, name: str) -> Any:
    return to_json(getattr(instance, instance._meta.get_field(name).attname))


def _assign(instance: models.Model, name: str, value: Any) -> None:
    """Set one column from its canonical JSON form; an empty value is what the column calls empty."""
    column = instance._meta.get_field(name)
    setattr(instance, column.attname, _empty_of(column) if value in (None, "") else column.to_python(value))


def _empty_of(column: models.Field) -> Any:
    if column.null:
        return None
    if column.has_default():
        return column.get_default()
    return False if isinstance(column, models.BooleanField) else ""


def _columns(instance: models.Model) -> dict[str, Any]:
    return {column.attname: getattr(instance, column.attname) for column in instance._meta.concrete_fields}
