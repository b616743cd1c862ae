"""Attaching offers to another internal organisation of their establishment, or to none, from the list of offers."""

from typing import Any

from django import forms
from django.http import HttpRequest

from confidentiality.admin.bulk import BulkForm, bulk_action
from confidentiality.admin.refusals import Refused
from structures import records
from structures.admin.gate import record_gate
from structures.models import InternalOrganization, Offer, OfferPlace

REASON = "reassign: the places of the offer follow it"
UNKNOWN = "Aucune organisation interne que vous pouvez corriger ne porte cet identifiant : vérifiez-le."
NOWHERE = "aucune organisation interne"


class ReassignForm(BulkForm):
    """Which organisation. `screen` and `request` are set by the action."""

    field_order = ("number", "reason")

    number = forms.CharField(
        label="Organisation interne d'arrivée",
        max_length=20,
        required=False,
        help_text="Son identifiant, par exemple 53/120. Vide : les offres ne dépendent que de l'établissement.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = (cleaned.get("number") or "").replace(" ", "").upper()
        cleaned["organization"] = self._organization(number) if number else None
        return cleaned

    def _organization(self, number: str) -> InternalOrganization | None:
        """One answer for an organisation that is unknown and for one that the person may not correct."""
        screen = self.screen.admin_site.get_model_admin(InternalOrganization)
        found = screen.rows(self.request, screen.change_with).filter(identifier=number).first()
        if found is None:
            self.add_error("number", UNKNOWN)
        return found


@bulk_action("Rattacher les offres choisies à une autre organisation interne", ReassignForm)
def reassign_rows(screen, request: HttpRequest, offer: Offer, typed: dict[str, Any]) -> str:
    organization = typed["organization"]
    _refuse(offer, organization)
    with record_gate(offer, request.user, typed["reason"]):
        Offer.objects.trusted(REASON).filter(pk=offer.pk).update(internal_organization=organization)
        places = OfferPlace.objects.trusted(REASON).filter(offer=offer).values_list("place", flat=True)
        records.give_places_their_organization(list(places))
    return f"rattachée à {organization.name if organization else NOWHERE}"


def _refuse(offer: Offer, organization: InternalOrganization | None) -> None:
    if organization is None and offer.internal_organization_id is None:
        raise Refused("Cette offre n'est rattachée à aucune organisation interne : rien ne change.")
    if organization is None:
        return
    if organization.identifier == offer.internal_organization_id:
        raise Refused("Cette offre est déjà rattachée à cette organisation interne : rien ne change.")
    if organization.geographic_entity_id != offer.geographic_entity_id:
        raise Refused("Cette organisation interne est d'un autre établissement : transférez d'abord l'offre.")
    if organization.closing_type_id is not None and offer.closing_type_id is None:
        raise Refused("Cette organisation interne est fermée : choisissez-en une autre, ou rouvrez-la.")
