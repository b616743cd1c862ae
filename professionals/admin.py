"""Professionals, as their register gives them, to read; their situations in offers, which the portal describes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionStacked, CorrectionTabular
from confidentiality.admin.exposure import EMPTY, discloses
from confidentiality.admin.model_admin import CHANNEL, RorModelAdmin, RorTabularInline
from confidentiality.admin.refusals import Refused, say
from professionals import attaching
from professionals.models import (
    OperationalSituation,
    Practice,
    Professional,
    ProfessionalMailbox,
    Qualification,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)
from ror.reference.nomenclature import nomenclature
from structures.admin.base import BY_ESTABLISHMENT, RecordInline, RecordScreen, screen_link
from structures.admin.contact import TELECOM
from structures.findings import NotPublishable
from structures.models import Offer

SLOT = ("slot_type", "weekday", "opens_at", "closes_at", "period_start", "period_end")
CODES = (
    *("specialty", "competence", "exclusive_competence", "particular_orientation", "capacity"),
    *("pac_qualification", "non_qualifying_desc", "complementary_right", "subspecialty"),
)
DATED = ("created_at", "updated_at")

say(
    {
        "situationhours_slot_type_of_a_person": (
            "Pour un professionnel, choisissez des horaires de garde, ou de consultation avec ou sans rendez-vous."
        ),
        "operationalsituation_once_per_offer": (
            "Ce professionnel exerce déjà dans cette offre sous cette profession : corrigez sa situation."
        ),
        "frozen column of professionals_operationalsituation": (
            "L'offre et le professionnel d'une situation ne changent plus une fois enregistrés."
        ),
    }
)


class PracticeInline(RorTabularInline):
    model = Practice
    show_change_link = True
    fields = ("profession", "civility", "last_name", "first_name")


class ProfessionalMailboxInline(RorTabularInline):
    model = ProfessionalMailbox
    fields = ("address",)


class QualificationInline(RorTabularInline):
    model = Qualification
    fields = ("type", *CODES)


@admin.register(Professional)
class ProfessionalAdmin(RorModelAdmin):
    inlines = (PracticeInline, ProfessionalMailboxInline)
    list_display = ("id_nat_ps", "rpps", "adeli", "civility")
    search_fields = ("rpps__startswith", "adeli__startswith", "id_nat_ps__startswith")
    search_help_text = "Numéro RPPS ou ADELI, identifiant national."
    ordering = ("id_nat_ps",)
    fields = ("id_nat_ps", "rpps", "adeli", "civility", *DATED)

    def identifier_of(self, obj: Professional) -> str:
        return obj.id_nat_ps


@admin.register(Practice)
class PracticeAdmin(RorModelAdmin):
    inlines = (QualificationInline,)
    reaches = ("professional",)
    list_display = ("last_name", "first_name", "profession", "civility")
    list_filter = ("profession",)
    search_fields = ("search__contains",)
    search_help_text = "Nom et prénom d'exercice."
    ordering = ("-pk",)
    fields = ("person", "profession", "civility", "last_name", "first_name", *DATED)

    @discloses("professional", description="professionnel")
    def person(self, practice: Practice) -> SafeString:
        person = practice.professional
        return screen_link(person, f"Professionnel {person.rpps or person.adeli}")

    def choice_label(self, obj: Practice) -> str:
        codes = nomenclature()
        name = " ".join(filter(None, [obj.last_name, obj.first_name]))
        return f"{name}, {codes.label(obj.profession_id)} ({obj.professional.id_nat_ps})"


class SituationHoursInline(RecordInline, CorrectionTabular):
    model = SituationHours
    can_delete = True
    fields = SLOT


class SituationTelecomInline(RecordInline, CorrectionStacked):
    model = SituationTelecom
    can_delete = True
    fields = TELECOM


class SituationExpertiseInline(RecordInline, CorrectionStacked):
    model = SituationExpertise
    can_delete = True
    fields = ("specific_competences",)


@admin.register(OperationalSituation)
class OperationalSituationAdmin(RecordScreen):
    """Added under an offer (`?offer=`), for a professional of the register."""

    below = {"offer": Offer}
    inlines = (SituationHoursInline, SituationTelecomInline, SituationExpertiseInline)
    autocomplete_fields = ("practice",)
    reaches = ("offer", "geographic_entity", "practice")
    list_display = ("identifier", "person", "exercise_mode", "establishment")
    list_filter = ("exercise_mode",)
    search_fields = ("identifier__startswith", *BY_ESTABLISHMENT)
    search_help_text = "Identifiant de l'offre ou de la situation ; nom, commune, FINESS ou SIRET de l'établissement."
    ordering = ("-pk",)
    fields = (
        *("offer_screen", "identifier", "practice", "exercise_mode", "convention_sector"),
        *("controlled_fees", "vitale_card", "comment", *DATED),
    )
    readonly_fields = ("offer_screen", "identifier", *DATED)

    def gate(self, request: HttpRequest, obj: Model | None, reason: str) -> AbstractContextManager:
        written = {"author": request.user, "channel": CHANNEL, "reason": reason}
        if obj is None:
            return _refusing(attaching.adding(self.parent_of(request), **written))
        return _refusing(attaching.revising(obj, **written))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list:
        """Who practises in which offer never changes: another situation is another row."""
        fixed = [] if obj is None else ["practice"]
        return [*super().get_readonly_fields(request, obj), *fixed]

    def identifier_of(self, obj: OperationalSituation) -> str:
        return obj.identifier

    @discloses("offer", description="offre")
    def offer_screen(self, situation: OperationalSituation) -> SafeString:
        return screen_link(situation.offer, f"{situation.offer.name} ({situation.offer.identifier})")

    @discloses("practice", "Practice.last_name", "Practice.first_name", description="professionnel")
    def person(self, situation: OperationalSituation) -> str:
        practice = situation.practice
        return " ".join(filter(None, [practice.last_name, practice.first_name])) if practice else EMPTY


@contextmanager
def _refusing(gate: AbstractContextManager) -> Iterator[None]:
    try:
        with gate:
            yield
    except NotPublishable as error:
        raise Refused(*(finding.message for finding in error.findings)) from error
