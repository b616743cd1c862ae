"""One establishment with a marker in each of its data: what the leak matrix looks for everywhere."""

from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone
from factory.django import DjangoModelFactory

from ror.accounts.models import User
from ror.history import writing
from structures import records
from structures.describing.models import Draft
from structures.document import Document
from structures.models import GeographicEntity, InternalOrganization, LegalEntity, Offer
from structures.publishing import publish
from tests import factories
from tests.confidentiality.markers import Markers
from tests.confidentiality.planted_documents import Describing
from tests.confidentiality.planted_persons import plant_anomaly, plant_professional
from tests.confidentiality.planted_structures import (
    SENSITIVE_BEDS,
    days,
    plant_beds,
    plant_crisis,
    plant_establishment,
    plant_gone,
    plant_legal_entity,
    plant_organizations,
)
from tests.factories import DraftFactory, GeographicEntityFactory, UserFactory

FIRST_KEY = 3_000_000
SENSITIVE, VERSIONS, DRAFTS = "unité sensible", "versions publiées", "brouillons"
ACCOUNTS, WRITERS, DRAFTERS, REPORTERS = (
    *("comptes", "auteurs des versions"),
    *("auteurs des brouillons", "déclarants des anomalies"),
)
CHANNEL = "command"
SEQUENCES = ("structures_offer_number", "structures_internal_organization_number", "structures_place_number")


@dataclass
class Planted:
    """What was planted, and where. `gone` left its register, closed; `secret` is the organisation of the sensitive
    offer only.
    """

    markers: Markers
    legal: LegalEntity
    entity: GeographicEntity
    elsewhere: GeographicEntity
    gone: GeographicEntity
    organizations: dict[str, InternalOrganization]
    ordinary: Offer
    other: Offer
    sensitive: Offer
    colleague: User
    drafts: list[Draft] = field(default_factory=list)

    @property
    def offers(self) -> list[Offer]:
        return [self.ordinary, self.other, self.sensitive]

    @property
    def new_draft(self) -> Draft:
        return self.drafts[0]

    @property
    def unfinished_draft(self) -> Draft:
        return self.drafts[1]

    @property
    def draft_beside(self) -> Draft:
        return self.drafts[2]


def plant() -> Planted:
    """Plant a marker in each datum. Every writer is a colleague who never signs in."""
    markers = Markers()
    make_numbers_unique()
    colleague = plant_colleague(markers)
    legal = plant_legal_entity(markers)
    entity = plant_establishment(markers, legal)
    plant_crisis(markers, entity)
    planted = Planted(
        markers=markers,
        legal=legal,
        entity=entity,
        elsewhere=GeographicEntityFactory(insee="14118"),
        gone=plant_gone(markers),
        organizations=(organizations := plant_organizations(markers, entity, SENSITIVE)),
        ordinary=plant_ordinary(markers, organizations["pole"], colleague),
        other=plant_other(markers, entity, colleague),
        sensitive=plant_sensitive(markers, organizations["secret"], colleague),
        colleague=colleague,
    )
    planted.drafts = plant_drafts(markers, planted)
    return planted


def make_numbers_unique() -> None:
    """Identifiers of five figures, which nothing else has, and which no two sequences share; keys of seven.

    After hundreds of tests the keys of rows would have four figures, as planted ages and counts do; so would the ranks
    that factories put in names, which start again.
    """
    for made in vars(factories).values():
        if isinstance(made, type) and issubclass(made, DjangoModelFactory):
            made.reset_sequence(0, force=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, "
            "GREATEST(COALESCE(last_value, 1), %s)) FROM pg_sequences WHERE sequencename LIKE '%%\\_id\\_seq'",
            [FIRST_KEY],
        )
        for rank, sequence in enumerate(SEQUENCES):
            cursor.execute(f"SELECT setval('{sequence}', {9 - rank}0000 + nextval('{sequence}') % 9000)")


def plant_colleague(markers: Markers) -> User:
    return UserFactory(
        first_name=markers.text("compte/User.first_name", "OfferVersion.author_name", reading=WRITERS),
        last_name=markers.text("compte/User.last_name", reading=WRITERS),
        email=f"{markers.text('compte/User.email', reading=ACCOUNTS)}@example.org",
    )


# Offers, with all that hangs on them.


def published(document: Document, entity: GeographicEntity, author: User, **again) -> Offer:
    return publish(document, entity=entity, author=author, channel=CHANNEL, **again).offer


def close(offer: Offer, **closing) -> None:
    with writing("tests", CHANNEL):
        Offer.objects.filter(pk=offer.pk).update(**closing)


def plant_ordinary(markers: Markers, pole: InternalOrganization, author: User) -> Offer:
    """An offer of champ 04, published twice: the first version is only in versions and in the history."""
    describing = Describing(markers, "ordinaire", field="04")
    entity = pole.geographic_entity
    current = describing.document(internal_organization=pole.identifier)
    old = Describing(markers, "ancienne version", VERSIONS, copied_in=("OfferVersion.document",))
    kept = {name: current[name] for name in ("activity_field", "care_mode")}
    offer = published(old.document(**kept), entity, author)
    again = {"offer": offer, "base": records.read_document(offer)}
    reason = markers.text("ordinaire/OfferVersion.reason", "OfferVersion.reason", reading=VERSIONS)
    offer = published(current, entity, author, **again, reason=reason)
    close(offer, closing_type="R286:PRO", **days(markers, "ordinaire", "Offer", "closing_date", "reopening_date"))
    plant_what_hangs_on(offer, describing)
    return offer


def plant_other(markers: Markers, entity: GeographicEntity, author: User) -> Offer:
    """An offer of another field than champ 04, closed."""
    describing = Describing(markers, "autre champ", field="autre")
    field_code = describing.code("J20", "Offer.activity_field")
    offer = published(describing.document(activity_field=field_code), entity, author)
    plant_what_hangs_on(offer, describing)
    closing_type = describing.code("J185", "Offer.closing_type")
    close(offer, closing_type=closing_type, closing_date=timezone.localdate() + timezone.timedelta(days=1))
    return offer


def plant_sensitive(markers: Markers, secret: InternalOrganization, author: User) -> Offer:
    describing = Describing(markers, "sensible", SENSITIVE, special=SENSITIVE_BEDS)
    document = describing.document(
        activity_field=describing.code("J20", "Offer.activity_field"),
        internal_organization=secret.identifier,
        sensitive=True,
        sensitive_motive=describing.text("SensitiveUnit.motive"),
    )
    offer = published(document, secret.geographic_entity, author)
    plant_what_hangs_on(offer, describing)
    return offer


def plant_what_hangs_on(offer: Offer, describing: Describing) -> None:
    """Numbers, beds, a professional and an anomaly: what no document holds."""
    place = offer.place_links.get().place
    for row, datum in ((offer, "Offer.identifier"), (place, "Place.identifier")):
        describing.markers.number(row.identifier, *describing.names(datum), reading=describing.reading)
    plant_beds(describing, place)
    plant_professional(describing, offer)
    plant_anomaly(describing, offer, describing.reading or REPORTERS)


# Drafts.


def plant_drafts(markers: Markers, planted: Planted) -> list[Draft]:
    helper = UserFactory(
        first_name=markers.text("compte/Draft.created_by", "Draft.created_by", "Draft.updated_by", reading=DRAFTERS)
    )
    return [
        plant_draft(markers, planted.entity, helper),
        plant_unfinished(markers, planted.entity, helper),
        plant_beside(markers, planted.ordinary, helper),
    ]


def drafting(markers: Markers, subject: str) -> Describing:
    return Describing(markers, subject, DRAFTS, copied_in=("Draft.document",))


def plant_draft(markers: Markers, entity: GeographicEntity, author: User) -> Draft:
    """A new offer, complete: it can be published."""
    document = drafting(markers, "brouillon neuf").document()
    return DraftFactory(geographic_entity=entity, document=document, created_by=author)


def plant_unfinished(markers: Markers, entity: GeographicEntity, author: User) -> Draft:
    """A new offer, with data that are missing or wrong: it cannot be published."""
    describing = drafting(markers, "brouillon incomplet")
    wrong = {"care_mode": None, "age_max": describing.text("Offer.age_max (erreur)"), "hours": []}
    return DraftFactory(geographic_entity=entity, document=describing.document(**wrong), created_by=author)


def plant_beside(markers: Markers, offer: Offer, author: User) -> Draft:
    """The draft beside the ordinary offer, started from its first version: publishing it is a conflict."""
    first = offer.versions.get(number=1).document
    document = {**records.read_document(offer), "name": drafting(markers, "brouillon à côté").text("Offer.name")}
    base = {**first, "name": markers.text("brouillon à côté/base", "Draft.base", reading=DRAFTS)}
    return DraftFactory(offer=offer, base=base, document=document, created_by=author)
