"""One establishment with a marker in each of its data: what the leak matrix looks for everywhere."""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from ror.accounts.models import User
from ror.history import writing
from ror.reference.nomenclature import nomenclature
from structures import records
from structures.describing.models import Draft
from structures.document import Document
from structures.models import CrisisAnswer, GeographicEntity, LegalEntity, Offer
from structures.publishing import publish
from tests.confidentiality.markers import PUBLIC, Markers
from tests.factories import (
    CrisisAnswerFactory,
    DraftFactory,
    GeographicEntityFactory,
    LegalEntityFactory,
    UserFactory,
    contact_row,
    hours_row,
    offer_document,
    place_row,
    telecom_row,
)

SENSITIVE, CRISIS, VERSIONS, DRAFTS = "unité sensible", "réponses de crise", "versions publiées", "brouillons"
ACCOUNTS, WRITERS, DRAFTERS = "comptes", "auteurs des versions", "auteurs des brouillons"
CHANNEL = "command"
ADDRESS_TEXTS = (
    *("street_number", "street_number_suffix", "street_name", "place_name", "address_complement", "locality"),
)
# What holds no marker, and why. The names on the left are fields of any model, or « Model.field ».
REASONS = {
    "id": "identifiant technique",
    "created_at": "date technique, la même pour toutes les lignes du test",
    "updated_at": "date technique, la même pour toutes les lignes du test",
    "search": "copie normalisée du nom, qui porte un marqueur",
    "perimeter": "lien technique vers le périmètre, dont le code est l'identifiant national",
    "position": "rang technique",
    "geographic_entity": "lien vers l'établissement, dont les données portent des marqueurs",
    "legal_entity": "lien vers l'entité juridique, dont les données portent des marqueurs",
    "offer": "lien vers l'offre, dont les données portent des marqueurs",
    "contact": "lien vers le contact, dont les données portent des marqueurs",
    "place": "lien vers le lieu, dont les données portent des marqueurs",
    "department": "niveau 1, partagé par tous les établissements du département",
    "region": "niveau 1, partagée par tous les établissements de la région",
    "weekday": "jour de la semaine, partagé ; le type de plage de la même ligne porte un marqueur",
    "level": "le niveau dit lui-même qui le lit ; les autres données de la ligne portent des marqueurs",
    "format": "numéro technique du format",
    "Offer.version": "numéro technique",
    "Offer.published_at": "date de la publication, faite pendant le test",
    "Offer.age_min_unit": "unité, partagée ; l'âge de la même ligne porte un marqueur",
    "Offer.age_max_unit": "unité, partagée ; l'âge de la même ligne porte un marqueur",
    "Offer.always_open": "oui ou non : test d'indiscernabilité",
    "GeographicEntity.legal_kind": "niveau 1, partagée",
    "GeographicEntity.in_perimeter": "niveau 1, oui ou non",
    "LegalEntity.number_only": "niveau 1, oui ou non",
    "Telecom.direct_line": "oui ou non : test d'indiscernabilité",
    "Telecom.private_emergency_line": "oui ou non : test d'indiscernabilité",
    "CrisisAnswer.landing_zone": "oui ou non : test d'indiscernabilité",
    "OfferVersion.number": "numéro technique",
    "OfferVersion.author": "lien vers le compte, dont le nom porte un marqueur",
    "OfferVersion.channel": "mot partagé par toutes les écritures",
    "OfferVersion.published_at": "date de la publication, faite pendant le test",
    "Draft.revision": "numéro technique",
}


@dataclass
class Planted:
    """What was planted, and where."""

    markers: Markers
    legal: LegalEntity
    entity: GeographicEntity
    elsewhere: GeographicEntity
    gone: GeographicEntity
    ordinary: Offer
    other: Offer
    sensitive: Offer
    colleague: User
    new_draft: Draft
    unfinished_draft: Draft
    draft_beside: Draft

    @property
    def offers(self) -> list[Offer]:
        return [self.ordinary, self.other, self.sensitive]

    @property
    def drafts(self) -> list[Draft]:
        return [self.new_draft, self.unfinished_draft, self.draft_beside]


def plant() -> Planted:
    """Plant a marker in each datum. Every writer is a colleague who never signs in."""
    markers = Markers()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('structures_offer_number', 90000 + nextval('structures_offer_number') % 9000)")
    colleague = UserFactory(
        first_name=markers.text("compte/User.first_name", "OfferVersion.author_name", reading=WRITERS),
        last_name=markers.text("compte/User.last_name", reading=WRITERS),
        email=f"{markers.text('compte/User.email', reading=ACCOUNTS)}@example.org",
    )
    legal = plant_legal_entity(markers)
    entity = plant_establishment(markers, legal)
    elsewhere, gone = GeographicEntityFactory(insee="14118"), plant_gone(markers)
    plant_crisis(markers, entity)
    ordinary = plant_ordinary(markers, entity, colleague)
    other = plant_other(markers, entity, colleague)
    sensitive = plant_sensitive(markers, entity, colleague)
    helper = UserFactory(
        first_name=markers.text("compte/Draft.created_by", "Draft.created_by", "Draft.updated_by", reading=DRAFTERS)
    )
    return Planted(
        markers=markers,
        legal=legal,
        entity=entity,
        elsewhere=elsewhere,
        gone=gone,
        ordinary=ordinary,
        other=other,
        sensitive=sensitive,
        colleague=colleague,
        new_draft=plant_draft(markers, entity, helper),
        unfinished_draft=plant_unfinished(markers, entity, helper),
        draft_beside=plant_beside(markers, ordinary, helper),
    )


# Structures.


def address(markers: Markers, subject: str, model: str, reading: str | None = PUBLIC) -> dict:
    """The parts of an address, each with its marker."""

    def named(field: str) -> tuple[str, str]:
        return f"{subject}/{model}.{field}", f"{model}.{field}"

    parts = {field: markers.text(*named(field), reading=reading) for field in ADDRESS_TEXTS}
    parts["street_type"] = markers.code("J219", *named("street_type"), reading=reading)
    parts["commune"] = markers.commune(*named("commune"), reading=reading)
    parts["postcode"] = markers.postcode(*named("postcode"), reading=reading)
    return parts


def structure_address(markers: Markers, subject: str, model: str) -> dict:
    parts = address(markers, subject, model)
    parts["street_type_id"] = parts.pop("street_type")
    return parts


def texts(markers: Markers, subject: str, model: str, *fields: str) -> dict[str, str]:
    return {field: markers.text(f"{subject}/{model}.{field}", f"{model}.{field}") for field in fields}


def days(markers: Markers, subject: str, model: str, *fields: str) -> dict:
    return {field: markers.day(f"{subject}/{model}.{field}", f"{model}.{field}") for field in fields}


def plant_legal_entity(markers: Markers) -> LegalEntity:
    subject, model = "entité juridique", "LegalEntity"
    names = ("legal_name", "legal_name_complement", "register_status_code", "register_status_label")
    legal = LegalEntityFactory(
        **structure_address(markers, subject, model),
        **texts(markers, subject, model, *names),
        **days(markers, subject, model, "creation_date", "gone_since"),
        legal_status_id=markers.code("J199", f"{subject}/{model}.legal_status", f"{model}.legal_status"),
        register_phone=markers.phone(f"{subject}/{model}.register_phone", f"{model}.register_phone"),
        siren="732829320",
    )
    numbers(markers, legal, subject, "finess", "siren", "id_nat_struct")
    return legal


def plant_establishment(markers: Markers, legal: LegalEntity) -> GeographicEntity:
    subject, model = "établissement", "GeographicEntity"
    names = ("name", "name_complement", "usual_name", "register_category_code", "register_category_label")
    participation, closing_type = "public_service_participation", "closing_type"
    parts = structure_address(markers, subject, model)
    entity = GeographicEntityFactory(
        **{**parts, "health": True, "legal_entity": legal},
        **texts(markers, subject, model, *names),
        **days(markers, subject, model, "opening_date", "closing_date", "register_updated_on"),
        category_id=markers.code("J55", f"{subject}/{model}.category", f"{model}.category"),
        public_service_participation_id=markers.code(
            "J202", f"{subject}/{model}.{participation}", f"{model}.{participation}"
        ),
        closing_type_id=markers.code("J201", f"{subject}/{model}.{closing_type}", f"{model}.{closing_type}"),
        latitude=markers.coordinate("48.123457", f"{subject}/{model}.latitude", f"{model}.latitude"),
        longitude=markers.coordinate("-1.765432", f"{subject}/{model}.longitude", f"{model}.longitude"),
        register_phone=markers.phone(f"{subject}/{model}.register_phone", f"{model}.register_phone"),
        siret="73282932000074",
    )
    numbers(markers, entity, subject, "finess", "siret", "id_nat_struct")
    return entity


def plant_gone(markers: Markers) -> GeographicEntity:
    """Another establishment, gone from its register: searches leave it out."""
    return GeographicEntityFactory(**days(markers, "établissement disparu", "GeographicEntity", "gone_since"))


def numbers(markers: Markers, row, subject: str, *fields: str) -> None:
    for name in fields:
        model = type(row).__name__
        markers.number(getattr(row, name), f"{subject}/{model}.{name}", f"{model}.{name}")


def plant_crisis(markers: Markers, entity: GeographicEntity) -> None:
    CrisisAnswerFactory(geographic_entity=entity, orsan_answer="first_line", orsan_level_id="R284:1", landing_zone=True)
    words = {
        "orsan_answer": CrisisAnswer.Orsan.FIRST.label,
        "orsan_level": nomenclature().label("R284:1"),
    }
    for field, text in words.items():
        markers.wording(text, f"crise/CrisisAnswer.{field}", f"CrisisAnswer.{field}", reading=CRISIS)


# Offers.


def contact_reading(level: int, field: str) -> str:
    return f"contact niveau {level}, champ {field}"


@dataclass(frozen=True)
class Describing:
    """How the markers of one document are named and read: one reading for all, or by level for contacts."""

    markers: Markers
    subject: str
    reading: str | None = PUBLIC
    contacts_of_field: str = ""
    copied_in: tuple[str, ...] = ()

    def names(self, datum: str, level: int | None = None) -> tuple[str, ...]:
        suffix = f"@{level}" if level else ""
        return (f"{self.subject}/{datum}{suffix}", *(self.copied_in or (datum,)))

    def of(self, level: int | None) -> str | None:
        return contact_reading(level, self.contacts_of_field) if level and self.contacts_of_field else self.reading

    def text(self, datum: str, level: int | None = None) -> str:
        return self.markers.text(*self.names(datum, level), reading=self.of(level))

    def code(self, value_set: str, datum: str, level: int | None = None) -> str:
        return self.markers.code(value_set, *self.names(datum, level), reading=self.of(level))

    def phone(self, datum: str, level: int | None = None) -> str:
        name, *data = self.names(datum, level)
        return self.markers.phone(f"{name} (téléphone)", *data, reading=self.of(level))

    def document(self, **fixed) -> Document:
        """A whole document, a marker in each datum."""
        ages = {
            name: self.markers.age(*self.names(f"Offer.{name}"), reading=self.reading)
            for name in ("age_min", "age_max")
        }
        return offer_document(
            **{
                "name": self.text("Offer.name"),
                "activity_field": "R227:04",
                "care_mode": self.code("J19", "Offer.care_mode"),
                "offer_type": self.code("J238", "Offer.offer_type"),
                "reception_temporality": self.code("J30", "Offer.reception_temporality"),
                "publics": [self.code("J29", "Offer.publics")],
                **ages,
                "age_min_unit": "d",
                "age_max_unit": "d",
                "activities": [self.activity()],
                "hours": [self.hours()],
                "contacts": [contact for level in (1, 2, 3) for contact in self.contacts(level)],
                "places": [self.place()],
                **fixed,
            }
        )

    def activity(self) -> Document:
        row = offer_document()["activities"][0]
        activity, family = self.code("J17", "OfferActivity.activity"), self.code("J51", "OfferActivity.family")
        return {**row, "activity": activity, "family": family}

    def hours(self) -> Document:
        times = {
            name: self.markers.hour(*self.names(f"OpeningHours.{name}"), reading=self.reading)
            for name in ("opens_at", "closes_at")
        }
        start, end = (
            self.markers.day(*self.names(f"OpeningHours.{name}"), reading=self.reading).isoformat()
            for name in ("period_start", "period_end")
        )
        slot_type = self.code("J41", "OpeningHours.slot_type")
        return hours_row(slot_type=slot_type, period_start=start, period_end=end, **times)

    def place(self) -> Document:
        parts = address(self.markers, self.subject, "Place", self.reading)
        return place_row(**{**parts, "commune": parts["commune"].pk})

    def contacts(self, level: int) -> list[Document]:
        """A service at this level, with one telecom of each stricter level; a person when the level allows."""
        telecoms = [self.telecom(own) for own in (1, 2, 3) if own >= level]
        service = contact_row(nature=self.code("J221", "Contact.nature", level), level=level, telecoms=telecoms)
        if level == 1:
            return [service]
        person = contact_row(
            nature=None,
            function=self.code("J220", "Contact.function", level),
            name=self.text("Contact.name", level),
            level=level,
            telecoms=[telecom_row(self.phone("Telecom.address", level), level=level, direct_line=level == 2)],
        )
        return [service, person]

    def telecom(self, level: int) -> Document:
        channel = self.code("J225", "Telecom.channel", level)
        address = f"{self.text('Telecom.address', level)}.example.org"
        return telecom_row(address, channel=channel, level=level, private_emergency_line=level == 3)


def published(document: Document, entity: GeographicEntity, author: User, **again) -> Offer:
    return publish(document, entity=entity, author=author, channel=CHANNEL, **again).offer


def close(offer: Offer, **closing) -> None:
    with writing("tests", CHANNEL):
        Offer.objects.filter(pk=offer.pk).update(**closing)


def plant_ordinary(markers: Markers, entity: GeographicEntity, author: User) -> Offer:
    """An offer of champ 04, published twice: the first version is only in versions and in the history."""
    describing = Describing(markers, "ordinaire", contacts_of_field="04")
    current = describing.document()
    old = Describing(markers, "ancienne version", VERSIONS, copied_in=("OfferVersion.document",))
    kept = {name: current[name] for name in ("activity_field", "care_mode")}
    first = old.document(**kept)
    offer = published(first, entity, author)
    offer = published(current, entity, author, offer=offer, base=records.read_document(offer))
    close(offer, closing_type="R286:PRO", **days(markers, "ordinaire", "Offer", "closing_date", "reopening_date"))
    markers.number(offer.identifier, "ordinaire/Offer.identifier", "Offer.identifier")
    return offer


def plant_other(markers: Markers, entity: GeographicEntity, author: User) -> Offer:
    """An offer of another field than champ 04, closed."""
    describing = Describing(markers, "autre champ", contacts_of_field="autre")
    field = describing.code("J20", "Offer.activity_field")
    offer = published(describing.document(activity_field=field), entity, author)
    close(offer, closing_type=describing.code("J185", "Offer.closing_type"), closing_date=timezone.localdate())
    return offer


def plant_sensitive(markers: Markers, entity: GeographicEntity, author: User) -> Offer:
    describing = Describing(markers, "sensible", SENSITIVE)
    field = describing.code("J20", "Offer.activity_field")
    motive = describing.text("SensitiveUnit.motive")
    document = describing.document(activity_field=field, sensitive=True, sensitive_motive=motive)
    offer = published(document, entity, author)
    markers.number(offer.identifier, "sensible/Offer.identifier", "Offer.identifier", reading=SENSITIVE)
    return offer


# Drafts.


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
