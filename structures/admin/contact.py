"""Contacts, their telecoms, and secure mailboxes, with levels of their own."""

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionTabular
from confidentiality.admin.exposure import EMPTY, discloses
from confidentiality.admin.lists import ShortPaginator
from confidentiality.disclosure import Subject
from ror.reference.nomenclature import nomenclature
from structures.admin.base import BY_ESTABLISHMENT, RecordInline, RecordScreen, owner_link
from structures.models import (
    Contact,
    GeographicEntity,
    InternalOrganization,
    LegalEntity,
    Offer,
    SecureMailbox,
    Telecom,
)

OWNERS = ("offer", "internal_organization", "legal_entity", "geographic_entity")
TELECOM = ("channel", "address", "usage", "direct_line", "private_emergency_line", "level")


class ContactInline(RecordInline, CorrectionTabular):
    """The contacts that the viewer may read, each with those of its telecoms that they may read.

    A contact is added on its own page: it is nothing without a way to reach it.
    """

    model = Contact
    can_add = False
    can_delete = True
    show_change_link = True
    fields = ("nature", "function", "name", "description", "level", "telecom_lines")
    readonly_fields = ("telecom_lines",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        telecoms = Telecom.objects.visible_to(request.viewer)
        return super().get_queryset(request).prefetch_related(Prefetch("telecoms", telecoms))

    @discloses("Telecom.channel", "Telecom.address", "Telecom.level", description="télécommunications")
    def telecom_lines(self, contact: Contact) -> str:
        if contact._state.adding:
            return EMPTY
        codes = nomenclature()
        lines = [
            f"{codes.label(row.channel_id)} : {row.address} ({row.get_level_display()})"
            for row in contact.telecoms.all()
        ]
        return "\n".join(lines) or EMPTY

    def level_shown(self, subject: Subject, row: Contact) -> int:
        return max([super().level_shown(subject, row), *(telecom.level for telecom in row.telecoms.all())])


class EstablishmentContactInline(ContactInline):
    """Those of the establishment itself."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(offer=None, internal_organization=None)


class TelecomInline(RecordInline, CorrectionTabular):
    model = Telecom
    can_delete = True
    fields = TELECOM


class MailboxInline(RecordInline, CorrectionTabular):
    model = SecureMailbox
    can_delete = True
    fields = ("address",)


class TwoOwnersScreen(RecordScreen):
    """Rows of an establishment or of a legal entity: no index leads to those of a region by both at once."""

    paginator = ShortPaginator


@admin.register(Contact)
class ContactAdmin(TwoOwnersScreen):
    """Added under an offer, an organisation, a legal entity or an establishment: `?offer=`, `?legal_entity=`…"""

    below = {
        "offer": Offer,
        "internal_organization": InternalOrganization,
        "legal_entity": LegalEntity,
        "geographic_entity": GeographicEntity,
    }
    reaches = OWNERS
    inlines = (TelecomInline,)
    list_display = ("name_or_nature", "owner", "level")
    list_filter = ("nature", "level")
    search_fields = ("name__icontains", "offer__identifier__startswith", *BY_ESTABLISHMENT)
    search_help_text = (
        "Nom de la personne, identifiant de l'offre ; nom, commune, numéro FINESS ou SIRET de l'établissement."
    )
    ordering = ("pk",)
    fields = ("owner", "nature", "function", "name", "description", "level", "created_at", "updated_at")
    readonly_fields = ("owner", "created_at", "updated_at")

    @discloses(*OWNERS, description="contact de")
    def owner(self, contact: Contact) -> SafeString | str:
        return owner_link(contact, *OWNERS)

    @discloses("nature", "function", "name", description="contact")
    def name_or_nature(self, contact: Contact) -> str:
        codes = nomenclature()
        said = [contact.name, *(codes.label(key) for key in (contact.nature_id, contact.function_id) if key)]
        return ", ".join(filter(None, said)) or EMPTY

    def identifier_of(self, obj: Contact) -> str:
        return str(obj.pk)


@admin.register(Telecom)
class TelecomAdmin(TwoOwnersScreen):
    reaches = ("contact", "place", "geographic_entity")
    list_display = ("channel", "address", "owner", "level")
    list_filter = ("channel", "level")
    search_fields = ("address__startswith", *BY_ESTABLISHMENT)
    search_help_text = "Début du numéro ou de l'adresse ; nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("pk",)
    fields = ("owner", *TELECOM, "created_at", "updated_at")
    readonly_fields = ("owner", "created_at", "updated_at")

    @discloses("contact", "place", description="moyen de joindre")
    def owner(self, telecom: Telecom) -> SafeString | str:
        return owner_link(telecom, "contact", "place")


@admin.register(SecureMailbox)
class SecureMailboxAdmin(RecordScreen):
    reaches = ("offer", "internal_organization", "geographic_entity")
    list_display = ("address", "owner")
    search_fields = ("address__icontains", *BY_ESTABLISHMENT)
    search_help_text = "Adresse ; nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("pk",)
    fields = ("owner", "address", "created_at", "updated_at")
    readonly_fields = ("owner", "created_at", "updated_at")

    @discloses("offer", "internal_organization", description="boîte de")
    def owner(self, mailbox: SecureMailbox) -> SafeString | str:
        return owner_link(mailbox, "offer", "internal_organization")
