"""Documents of offers with a marker in each datum, and how each of these markers is read."""

import datetime
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from structures.document import Document, new_id
from tests.confidentiality.markers import PUBLIC, Markers
from tests.factories import contact_row, hours_row, offer_document, place_row, telecom_row

ADDRESS_TEXTS = (
    *("delivery_point", "address_complement", "street_number", "street_number_suffix", "street_name", "place_name"),
    *("postal_box", "locality"),
)
PLACE_TEXTS = ("name", "description", "comment", "external_sync_id", "external_sync_name")
HOURS, PERIOD = ("opens_at", "closes_at"), ("period_start", "period_end")
LEVELS = (1, 2, 3)
CONTACT, DESCRIPTION = "contact", "description"


def address(markers: Markers, subject: str, model: str, reading: str | None = PUBLIC) -> dict:
    """The parts of an address, each with its marker."""

    def named(field: str) -> tuple[str, str]:
        return f"{subject}/{model}.{field}", f"{model}.{field}"

    parts = {}
    for field in ADDRESS_TEXTS:
        parts[field] = markers.text(*named(field), reading=reading)
    parts["street_type"] = markers.code("J219", *named("street_type"), reading=reading)
    parts["commune"] = markers.commune(*named("commune"), reading=reading)
    parts["postcode"] = markers.postcode(*named("postcode"), reading=reading)
    return parts


@dataclass(frozen=True)
class Describing:
    """How the markers of one subject are named and read.

    `reading` is that of all its data, unless `field` (« 04 », « autre ») says that they are read by their own level
    there. `copied_in` is the datum of a copy that holds them all. `special` gives the reading of a datum
    (« Offer.name ») or of a category (« capacité ») that others read too.
    """

    markers: Markers
    subject: str
    reading: str | None = PUBLIC
    field: str = ""
    copied_in: tuple[str, ...] = ()
    special: dict[str, str] = dataclass_field(default_factory=dict)

    def names(self, datum: str, suffix: str = "") -> tuple[str, ...]:
        return (f"{self.subject}/{datum}{suffix}", *(self.copied_in or (datum,)))

    def of(self, category: str, level: int) -> str | None:
        """The reading of a datum of this category and level."""
        if not self.field:
            return self.special.get(category, self.reading)
        return f"{category} niveau {level}, champ {self.field}"

    def text(self, datum: str, suffix: str = "", reading: str | None = None) -> str:
        known = reading or self.special.get(datum, self.reading)
        return self.markers.text(*self.names(datum, suffix), reading=known)

    def code(self, value_set: str, datum: str, suffix: str = "", reading: str | None = None) -> str:
        return self.markers.code(value_set, *self.names(datum, suffix), reading=reading or self.reading)

    def figure(self, datum: str, suffix: str = "", reading: str | None = None) -> int:
        return self.markers.figure(*self.names(datum, suffix), reading=reading or self.reading)

    def day(self, datum: str, suffix: str = "", reading: str | None = None) -> datetime.date:
        return self.markers.day(*self.names(datum, suffix), reading=reading or self.reading)

    def commune(self, datum: str) -> str:
        return self.markers.commune(*self.names(datum), reading=self.reading).pk

    # The document of an offer.

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
                "reception_modalities": [self.code("J226", "Offer.reception_modalities")],
                "management_types": [self.code("J26", "Offer.management_types")],
                "annual_opening": self.code("J28", "Offer.annual_opening"),
                "expertise_levels": [self.code("J227", "Offer.expertise_levels")],
                "psychiatric_sectors": [self.text("Offer.psychiatric_sectors")],
                "involuntary_care": True,
                "intervention_communes": [self.commune("Offer.intervention_communes")],
                "comment": self.text("Offer.comment"),
                "entry_model": f"{self.text('Offer.entry_model')}|1",
                "publics": [self.code("J29", "Offer.publics")],
                **ages,
                "age_min_unit": "d",
                "age_max_unit": "d",
                "activities": [self.activity()],
                "hours": [self.hours()],
                "contacts": [contact for level in LEVELS for contact in self.contacts(level)],
                "mailboxes": [{"id": new_id(), "address": f"{self.text('SecureMailbox.address')}@example.org"}],
                "places": [self.place()],
                **self.expertise(),
                **fixed,
            }
        )

    def expertise(self) -> dict[str, list[str]]:
        """What the arrêté restricts in a hospital."""
        sets = {"specific_acts": "J16", "specialisations": "J35", "resource_professions": "J186"}
        sets["specific_competences"] = "J33"
        reading = self.of(DESCRIPTION, 2)
        values = {name: [self.code(codes, f"OfferExpertise.{name}", "", reading)] for name, codes in sets.items()}
        outside = self.code("J16", "OutsideOfficeActs.outside_office_acts", "", reading)
        return {**values, "outside_office_acts": [outside]}

    def activity(self) -> Document:
        row = offer_document()["activities"][0]
        activity, family = self.code("J17", "OfferActivity.activity"), self.code("J51", "OfferActivity.family")
        return {**row, "activity": activity, "family": family}

    def hours(self) -> Document:
        slot = self.slot("OpeningHours")
        return hours_row(slot_type=self.code("J41", "OpeningHours.slot_type"), **slot)

    def slot(self, model: str, reading: str | None = None) -> dict[str, str]:
        """The hours and the period of a slot."""
        read = reading or self.reading
        times = {name: self.markers.hour(*self.names(f"{model}.{name}"), reading=read) for name in HOURS}
        days = {name: self.markers.day(*self.names(f"{model}.{name}"), reading=read).isoformat() for name in PERIOD}
        return times | days

    def place(self) -> Document:
        parts = address(self.markers, self.subject, "Place", self.reading)
        said = {name: self.text(f"Place.{name}") for name in PLACE_TEXTS}
        equipment, housing = self.of(DESCRIPTION, 2), self.reading
        limit = {
            "feature": self.code("J228", "EquipmentLimit.feature", "", equipment),
            "value": str(self.figure("EquipmentLimit.value", "", equipment)),
            "unit": "kg",
        }
        machine = {
            "equipment_type": self.code("J18", "SpecificEquipment.equipment_type", "", equipment),
            "in_service": self.figure("SpecificEquipment.in_service", "", equipment),
        }
        dwelling = {
            "residential_type": self.code("J32", "HousingCapacity.residential_type", "", housing),
            "count": self.figure("HousingCapacity.count", "", housing),
        }
        return place_row(
            **{**parts, "commune": parts["commune"].pk},
            **said,
            function=self.code("J198", "Place.function"),
            status=self.code("J224", "Place.status"),
            latitude=self.markers.latitude(*self.names("Place.latitude"), reading=self.reading),
            longitude=self.markers.longitude(*self.names("Place.longitude"), reading=self.reading),
            coordinates_reliable=True,
            telecoms=[self.telecom(level, " (lieu)") for level in LEVELS],
            housing=[{"id": new_id(), **dwelling}],
            equipment=[{"id": new_id(), **machine, "limits": [{"id": new_id(), **limit}]}],
        )

    # Contacts, of an offer or of anything else.

    def contacts(self, level: int) -> list[Document]:
        """A service at this level, with one telecom of each stricter level; a person when the level allows."""
        reading, at = self.of(CONTACT, level), f"@{level}"
        service = contact_row(
            nature=self.code("J221", "Contact.nature", at, reading),
            description=self.text("Contact.description", at, reading),
            level=level,
            telecoms=[self.telecom(own) for own in LEVELS if own >= level],
        )
        if level == 1:
            return [service]
        number = self.markers.phone(*self.names("Telecom.address", f"{at} (téléphone)"), reading=reading)
        person = contact_row(
            nature=None,
            function=self.code("J220", "Contact.function", at, reading),
            name=self.text("Contact.name", at, reading),
            level=level,
            telecoms=[telecom_row(number, level=level, direct_line=level == 2)],
        )
        return [service, person]

    def telecom(self, level: int, where: str = "") -> Document:
        reading, at = self.of(CONTACT, level), f"@{level}{where}"
        return telecom_row(
            f"{self.text('Telecom.address', at, reading)}.example.org",
            channel=self.code("J225", "Telecom.channel", at, reading),
            usage=self.text("Telecom.usage", at, reading),
            level=level,
            private_emergency_line=level == 3,
        )
