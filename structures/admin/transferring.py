"""Moving offers to another establishment, from the list of offers."""

from typing import Any

from django import forms
from django.http import HttpRequest

from confidentiality.admin.bulk import BulkForm, bulk_action
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.admin.refusals import Refused
from structures.models import GeographicEntity, Offer
from structures.transferring import TransferError, transfer

UNKNOWN = "Aucun établissement que vous pouvez corriger ne porte ce numéro : vérifiez-le."


class TransferForm(BulkForm):
    """Where the offers go. `screen` and `request` are set by the action."""

    field_order = ("number", "reason")

    number = forms.CharField(
        label="Établissement d'arrivée",
        max_length=20,
        help_text="Numéro FINESS ou identifiant national. Les offres gardent leur identifiant et leur historique.",
        error_messages={"required": "Indiquez l'établissement d'arrivée."},
    )

    def clean_number(self) -> str:
        return self.cleaned_data["number"].replace(" ", "").upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = cleaned.get("number")
        if number:
            cleaned["entity"] = self._entity(number)
        return cleaned

    def _entity(self, number: str) -> GeographicEntity | None:
        """One answer for an establishment that is unknown and for one that the person may not correct."""
        entities = self.screen.admin_site.get_model_admin(GeographicEntity)
        rows = entities.rows(self.request, entities.change_with)
        found = rows.filter(finess=number).first() or rows.filter(id_nat_struct=number).first()
        if found is None:
            self.add_error("number", UNKNOWN)
        return found


@bulk_action("Transférer les offres choisies dans un autre établissement", TransferForm)
def transfer_rows(screen, request: HttpRequest, offer: Offer, typed: dict[str, Any]) -> str:
    entity = typed["entity"]
    try:
        done = transfer(offer, entity, author=request.user, channel=CHANNEL, reason=typed["reason"])
    except TransferError as error:
        raise Refused(*error.problems) from error
    said = [f"passe à {entity.usual_name or entity.name}"]
    if done.places_moved:
        said.append(f"lieux qui la suivent : {done.places_moved}")
    if done.places_copied:
        said.append(f"lieux partagés, recopiés sans leurs lits et places : {done.places_copied}")
    return ", ".join(said)
