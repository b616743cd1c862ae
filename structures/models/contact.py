"""Contact and télécommunication: the two classes that carry a level of their own."""

import pgtrigger
from django.db import models
from django.db.models import Q

from confidentiality.levels import ALERT_CHANNELS, ALERT_NATURES, Level
from confidentiality.profiles import SOCIAL_FIELD
from ror.history import timestamps, tracked
from ror.reference.fields import CodeField, guard_codes
from structures.models.offer import Offer, OfferChild


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


@tracked()
@guard_codes
class Contact(OfferChild):
    """Contact: a nature (accueil, standard…), or a function and a name, never both (RG_EXP_040, 041)."""

    level_field = "level"
    policy_category = "contact"
    social = Q(offer__activity_field=SOCIAL_FIELD)

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="contacts", verbose_name="offre")
    nature = CodeField(value_set="J221", verbose_name="nature", null=True, blank=True)
    function = CodeField(value_set="J220", verbose_name="fonction", null=True, blank=True)
    name = models.CharField("nom", max_length=120, blank=True)
    level = models.PositiveSmallIntegerField("niveau de confidentialité", choices=Level, default=Level.PROFESSIONAL)
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(OfferChild.Meta):
        verbose_name = "contact"
        verbose_name_plural = "contacts"
        ordering = ["position", "pk"]
        constraints = [
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
        triggers = [timestamps(), keeps_telecoms_closed()]

    def __str__(self) -> str:
        return "Contact"


@tracked()
@guard_codes
class Telecom(OfferChild):
    """Télécommunication: one way of reaching a contact, never more open than it (RG_EXP_034)."""

    sensitive = Q(contact__offer__sensitive_unit__isnull=False)
    level_field = "level"
    policy_category = "contact"
    social = Q(contact__offer__activity_field=SOCIAL_FIELD)

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="telecoms", verbose_name="contact")
    channel = CodeField(value_set="J225", verbose_name="moyen")
    address = models.CharField("numéro ou adresse", max_length=255)
    direct_line = models.BooleanField("ligne directe d'un professionnel")
    private_emergency_line = models.BooleanField("ligne privée utilisable en urgence")
    level = models.PositiveSmallIntegerField("niveau de confidentialité", choices=Level, default=Level.PROFESSIONAL)
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(OfferChild.Meta):
        verbose_name = "télécommunication"
        verbose_name_plural = "télécommunications"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="telecom_level_known"),
            models.CheckConstraint(
                condition=Q(direct_line=False) | Q(level__gte=Level.PROFESSIONAL), name="telecom_direct_line_not_public"
            ),
            models.CheckConstraint(
                condition=Q(private_emergency_line=False) | Q(level=Level.CRISIS),
                name="telecom_private_emergency_line_crisis",
            ),
            models.CheckConstraint(
                condition=~Q(channel__in=sorted(ALERT_CHANNELS)) | Q(level__gte=Level.PROFESSIONAL),
                name="telecom_alert_channel_not_public",
            ),
            models.CheckConstraint(condition=~Q(address=""), name="telecom_address_not_empty"),
        ]
        triggers = [timestamps(), never_more_open_than_contact()]

    def __str__(self) -> str:
        return "Télécommunication"
