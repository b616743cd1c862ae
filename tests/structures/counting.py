"""Units of an establishment, and their figures sent as the pages send them."""

import re

from django.urls import reverse

from structures.beds import Figure
from structures.describing.counting_words import code_of
from structures.models import BedCapacity
from tests.factories import OfferFactory, PlaceFactory

BED = "R329:01"
HOSPITAL_FIELD = "R227:01"
ROW = re.compile(r'name="number:([^"]*)"\s+value="([^"]*)"')


def unit(entity, name, **offer):
    """A place of `entity` where one open offer of that name is given."""
    offer = {"activity_field_id": HOSPITAL_FIELD, "geographic_entity": entity} | offer
    if offer.get("internal_organization"):
        del offer["geographic_entity"]
    row = OfferFactory(name=name, **offer)
    organization = row.internal_organization
    return PlaceFactory(offer=row, internal_organization=organization)


def figure(status, number, **changes):
    return Figure(BED, status, number, **changes)


def rows_of(html):
    """What the page shows: each figure that it names, and its number."""
    return dict(ROW.findall(html))


def send(client, place, sent, shown=None, waited=0):
    """One figure, as the script sends it."""
    data = fields(sent, shown) | {f"age:{code_of(sent.key)}": str(waited)}
    return client.post(address(place), data, headers={"Accept": "application/json"})


def sent(client, place, *rows, **pressed):
    """Rows of a unit, each with the number that was shown, as the form sends them without script."""
    data = {}
    for figure, shown in rows:
        data |= fields(figure, shown)
    return client.post(address(place), data | pressed)


def fields(sent, shown):
    code = code_of(sent.key)
    return {f"number:{code}": str(sent.number), f"shown:{code}": "" if shown is None else str(shown)}


def address(place):
    return reverse("describing:unit_beds", args=[place.geographic_entity.id_nat_struct, place.pk])


def stored(place):
    """The number of each status of a place."""
    return dict(BedCapacity.objects.filter(care_capacity__place=place).values_list("status", "number"))
