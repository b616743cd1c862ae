"""Each publication of an offer, whole and numbered."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from confidentiality.governed import GovernedModel
from structures.models.base import through
from structures.models.geographic_entity import GeographicEntity
from structures.models.offer import Offer


class OfferVersion(GovernedModel):
    """Version publiée: the document as it was published, by whom and through which channel. Never changed."""

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(offer__sensitive_unit__isnull=False)
    policy_category = "history"

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="versions", verbose_name="offre")
    geographic_entity = models.ForeignKey(GeographicEntity, models.PROTECT, related_name="+", editable=False)
    number = models.PositiveIntegerField("numéro")
    document = models.JSONField("document")
    format = models.PositiveSmallIntegerField("format du document")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="auteur"
    )
    author_name = models.CharField("auteur (nom)", max_length=200)
    channel = models.CharField("canal", max_length=20)
    reason = models.CharField("motif", max_length=300, blank=True)
    published_at = models.DateTimeField("publiée le")

    class Meta(GovernedModel.Meta):
        verbose_name = "version publiée"
        verbose_name_plural = "versions publiées"
        ordering = ["offer_id", "-number"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.UniqueConstraint(fields=["offer", "number"], name="offerversion_number_unique")]

    def __str__(self) -> str:
        return f"Version {self.number}"
