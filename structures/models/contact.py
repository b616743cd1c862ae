"""Contact and télécommunication, which carry a level of their own, and boîte de messagerie sécurisée."""

import pgtrigger
from django.db import models
from django.db.models import Q

from confidentiality import viewer
from confidentiality.levels import ALERT_CHANNELS, ALERT_NATURES, Level
from confidentiality.profiles import SOCIAL_FIELD
from ror.history import timestamps, touches, tracked
from ror.reference.fields import CodeField, guard_codes
from structures.models.base import prefix_index, text_index, through
from structures.models.geographic_entity import GeographicEntity
from structures.models.legal_entity import LegalEntity
from structures.models.offer import EstablishmentRow, Offer
from structures.models.organization import InternalOrganization, only_sensitive
from structures.models.place import Place, given_at
from structures.models.triggers import crisis_level_only


def never_more_open_than_contact() -> pgtrigger.Trigger:
    """RG_EXP_034, checked at the end of the transaction, once contact and telecom are both written."""
    return pgtrigger.Trigger(
        name="never_more_open_than_contact",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        func="""
            IF EXISTS (
                SELECT FROM structures_telecom AS telecom
                JOIN structures_contact AS contact ON contact.id = telecom.contact_id
                WHERE telecom.id = NEW.id AND telecom.level < contact.level
            ) THEN
                RAISE EXCEPTION 'a telecom is more open than its contact' USING ERRCODE = '23514';
            END IF;
            RETURN NULL;
        """,
    )


def keeps_telecoms_closed() -> pgtrigger.Trigger:
    """The same rule, seen from a contact whose level changes."""
    return pgtrigger.Trigger(
        name="keeps_telecoms_closed",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("level"),
        timing=pgtrigger.Deferred,
        func="""
            IF EXISTS (
                SELECT FROM structures_contact AS contact
                JOIN structures_telecom AS telecom ON telecom.contact_id = contact.id
                WHERE contact.id = NEW.id AND telecom.level < contact.level
            ) THEN
                RAISE EXCEPTION 'a telecom is more open than its contact' USING ERRCODE = '23514';
            END IF;
            RETURN NULL;
        """,
    )


class TelecomColumns(models.Model):
    """What a télécommunication says, whatever it hangs on."""

    channel = CodeField(value_set="J225", verbose_name="moyen")
    address = models.CharField("numéro ou adresse", max_length=255)
    usage = models.CharField("utilisation", max_length=120, blank=True)
    direct_line = models.BooleanField("ligne directe d'un professionnel")
    private_emergency_line = models.BooleanField("ligne privée utilisable en urgence")
    level = models.PositiveSmallIntegerField("niveau de confidentialité", choices=Level, default=Level.PROFESSIONAL)

    class Meta:
        abstract = True


def telecom_checks(model: str) -> list[models.CheckConstraint]:
    """The levels that a telecom imposes by itself (arrêté, article 2, 1° and 2°), and an address that is not empty."""
    return [
        models.CheckConstraint(condition=Q(level__in=Level.values), name=f"{model}_level_known"),
        models.CheckConstraint(
            condition=Q(direct_line=False) | Q(level__gte=Level.PROFESSIONAL), name=f"{model}_direct_line_not_public"
        ),
        models.CheckConstraint(
            condition=Q(private_emergency_line=False) | Q(level=Level.CRISIS),
            name=f"{model}_private_emergency_line_crisis",
        ),
        models.CheckConstraint(
            condition=~Q(channel__in=sorted(ALERT_CHANNELS)) | Q(level__gte=Level.PROFESSIONAL),
            name=f"{model}_alert_channel_not_public",
        ),
        models.CheckConstraint(condition=~Q(address=""), name=f"{model}_address_not_empty"),
    ]


@tracked()
@guard_codes
class Contact(EstablishmentRow):
    """Contact: a nature (accueil, standard…), or a function and a name, never both (RG_EXP_040, 041).

    It belongs to an offer, to an internal organisation, to a legal entity, or to the establishment itself (the three
    first empty). `geographic_entity` governs it, but for a legal entity's, which the legal entity governs.
    """

    governance = {
        viewer.REGION: ("geographic_entity__region_id", "legal_entity__region_id"),
        viewer.DEPARTMENT: "geographic_entity__department_id",
        viewer.LEGAL_ENTITY: ("geographic_entity__legal_entity__perimeter_id", "legal_entity__perimeter_id"),
        viewer.GEOGRAPHIC_ENTITY: "geographic_entity__perimeter_id",
        viewer.INTERNAL_ORGANIZATION: (
            "offer__internal_organization__perimeter_id",
            "internal_organization__perimeter_id",
        ),
    }
    level_field = "level"
    policy_category = "contact"
    social = Q(offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "offer__origin"

    geographic_entity = models.ForeignKey(
        GeographicEntity, models.PROTECT, null=True, related_name="+", editable=False, verbose_name="établissement"
    )
    legal_entity = models.ForeignKey(
        LegalEntity, models.CASCADE, null=True, blank=True, related_name="contacts", verbose_name="entité juridique"
    )
    internal_organization = models.ForeignKey(
        InternalOrganization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name="organisation interne",
    )
    offer = models.ForeignKey(
        Offer, models.CASCADE, null=True, blank=True, related_name="contacts", verbose_name="offre"
    )
    nature = CodeField(value_set="J221", verbose_name="nature", null=True, blank=True)
    function = CodeField(value_set="J220", verbose_name="fonction", null=True, blank=True)
    name = models.CharField("nom", max_length=120, blank=True)
    description = models.CharField("précision", max_length=300, blank=True)
    level = models.PositiveSmallIntegerField("niveau de confidentialité", choices=Level, default=Level.PROFESSIONAL)
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "contact"
        verbose_name_plural = "contacts"
        ordering = ["position", "pk"]
        indexes = [
            models.Index(
                fields=["geographic_entity"],
                condition=Q(offer=None, internal_organization=None),
                name="contact_of_establishment",
            ),
            text_index("name", "contact_by_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(offer=None, internal_organization=None, legal_entity=None, geographic_entity__isnull=False)
                | Q(offer__isnull=False, internal_organization=None, legal_entity=None, geographic_entity__isnull=False)
                | Q(offer=None, internal_organization__isnull=False, legal_entity=None, geographic_entity__isnull=False)
                | Q(offer=None, internal_organization=None, legal_entity__isnull=False, geographic_entity=None),
                name="contact_of_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(nature__isnull=False, function=None, name="")
                | (Q(nature=None, function__isnull=False) & ~Q(name="")),
                name="contact_nature_or_function_and_name",
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="contact_level_known"),
            models.CheckConstraint(
                condition=Q(nature=None) | ~Q(nature__in=sorted(ALERT_NATURES)) | Q(level__gte=Level.PROFESSIONAL),
                name="contact_alert_nature_not_public",
            ),
        ]
        triggers = [
            timestamps(),
            keeps_telecoms_closed(),
            *crisis_level_only("JOIN structures_sensitiveunit AS unit ON unit.offer_id = written.offer_id"),
            touches("structures_offer", "offer_id"),
            touches("structures_internalorganization", "internal_organization_id", name="touches_organization"),
        ]

    def __str__(self) -> str:
        return "Contact"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return Q(offer__sensitive_unit__isnull=False) | only_sensitive("internal_organization")


@tracked()
@guard_codes
class Telecom(TelecomColumns, EstablishmentRow):
    """Télécommunication: one way of reaching a contact, never more open than it (RG_EXP_034), or a place."""

    governance = {
        viewer.REGION: ("geographic_entity__region_id", "contact__legal_entity__region_id"),
        viewer.DEPARTMENT: "geographic_entity__department_id",
        viewer.LEGAL_ENTITY: ("geographic_entity__legal_entity__perimeter_id", "contact__legal_entity__perimeter_id"),
        viewer.GEOGRAPHIC_ENTITY: "geographic_entity__perimeter_id",
        viewer.INTERNAL_ORGANIZATION: (
            "contact__offer__internal_organization__perimeter_id",
            "contact__internal_organization__perimeter_id",
            "place__internal_organization__perimeter_id",
        ),
    }
    level_field = "level"
    policy_category = "contact"

    geographic_entity = models.ForeignKey(
        GeographicEntity, models.PROTECT, null=True, related_name="+", editable=False, verbose_name="établissement"
    )
    contact = models.ForeignKey(
        Contact, models.CASCADE, null=True, blank=True, related_name="telecoms", verbose_name="contact"
    )
    place = models.ForeignKey(
        Place, models.CASCADE, null=True, blank=True, related_name="telecoms", verbose_name="lieu"
    )
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "télécommunication"
        verbose_name_plural = "télécommunications"
        ordering = ["position", "pk"]
        indexes = [prefix_index("address", "telecom_by_address")]
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=False, place=None) | Q(contact=None, place__isnull=False),
                name="telecom_of_contact_or_place",
            ),
            *telecom_checks("telecom"),
        ]
        triggers = [
            timestamps(),
            never_more_open_than_contact(),
            *crisis_level_only(
                "JOIN structures_contact AS contact ON contact.id = written.contact_id "
                "JOIN structures_sensitiveunit AS unit ON unit.offer_id = contact.offer_id"
            ),
            touches("structures_contact", "contact_id"),
            touches("structures_place", "place_id", name="touches_place"),
        ]

    def __str__(self) -> str:
        return "Télécommunication"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return (
            Q(contact__offer__sensitive_unit__isnull=False)
            | only_sensitive("contact__internal_organization")
            | given_at("place", offer__sensitive_unit__isnull=False)
        )

    @classmethod
    def social_rows(cls) -> Q:
        return Q(contact__offer__activity_field=SOCIAL_FIELD) | given_at("place", offer__activity_field=SOCIAL_FIELD)

    @classmethod
    def rows_from(cls, origins: frozenset[str]) -> Q:
        return Q(contact__offer__origin__in=origins) | given_at("place", offer__origin__in=origins)


@tracked()
class SecureMailbox(EstablishmentRow):
    """Boîte aux lettres MSSanté of an offer or of an internal organisation."""

    governance = through(
        "geographic_entity__",
        organization=("offer__internal_organization__perimeter_id", "internal_organization__perimeter_id"),
    )
    social = Q(offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "offer__origin"

    internal_organization = models.ForeignKey(
        InternalOrganization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="mailboxes",
        verbose_name="organisation interne",
    )
    offer = models.ForeignKey(
        Offer, models.CASCADE, null=True, blank=True, related_name="mailboxes", verbose_name="offre"
    )
    address = models.EmailField("adresse MSSanté", max_length=254)
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "boîte de messagerie sécurisée"
        verbose_name_plural = "boîtes de messagerie sécurisée"
        ordering = ["position", "pk"]
        indexes = [text_index("address", "securemailbox_by_address")]
        constraints = [
            models.CheckConstraint(
                condition=Q(offer__isnull=False, internal_organization=None)
                | Q(offer=None, internal_organization__isnull=False),
                name="securemailbox_of_offer_or_organization",
            ),
            models.CheckConstraint(condition=Q(address__contains="@"), name="securemailbox_address_of_a_mailbox"),
        ]
        triggers = [
            timestamps(),
            touches("structures_offer", "offer_id"),
            touches("structures_internalorganization", "internal_organization_id", name="touches_organization"),
        ]

    def __str__(self) -> str:
        return "Boîte de messagerie sécurisée"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return Q(offer__sensitive_unit__isnull=False) | only_sensitive("internal_organization")
