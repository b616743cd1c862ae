"""Lieu de réalisation de l'offre."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from ror.history import timestamps, tracked
from ror.reference.fields import guard_codes
from structures.models.base import Address, postcode_check
from structures.models.offer import Offer, OfferChild


@tracked()
class OfferPlace(OfferChild):
    """The link between an offer and a place: a place may serve several offers."""

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="place_links", verbose_name="offre")
    place = models.ForeignKey("Place", models.CASCADE, related_name="offer_links", verbose_name="lieu")
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(OfferChild.Meta):
        verbose_name = "lieu de l'offre"
        verbose_name_plural = "lieux de l'offre"
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["offer", "place"], name="offerplace_unique")]
        triggers = [timestamps()]

    def __str__(self) -> str:
        return "Lieu de l'offre"


@tracked()
@guard_codes
class Place(Address, OfferChild):
    """Lieu de réalisation: where an offer is given. Hidden as soon as one sensitive offer takes place there."""

    sensitive = None

    class Meta(OfferChild.Meta):
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        constraints = [
            models.CheckConstraint(condition=Q(commune__isnull=False), name="place_commune_required"),
            postcode_check("place"),
        ]
        triggers = [timestamps()]

    def __str__(self) -> str:
        return f"Lieu, {self.locality}"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return Q(Exists(OfferPlace.objects.filter(place=OuterRef("pk"), offer__sensitive_unit__isnull=False)))
