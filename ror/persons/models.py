"""What the persons described ask, who answers, and the trace of each old value that was erased.

Requests hold personal data of their own: they are read by the data-protection officer, by those who describe the
establishment to which one was routed, and by the person, through a signed link.
"""

import secrets
import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from confidentiality.governed import GovernedManager, GovernedQuerySet
from confidentiality.viewer import Viewer
from structures.models import GeographicEntity
from structures.models.base import through

PERMISSION = "answer_persons"
DESCRIBE = "describe_offer"


class Kind(models.TextChoices):
    ACCESS = "access", "Savoir ce que le portail dit de moi"
    CORRECTION = "correction", "Faire corriger une donnée"
    OPPOSITION = "opposition", "M'opposer à ce que des données soient traitées"
    ERASURE = "erasure", "Faire effacer des données"


class Status(models.TextChoices):
    RECEIVED = "received", "Reçue, adresse à confirmer par la personne"
    IDENTITY = "identity", "Identité à vérifier"
    CHECKED = "checked", "Identité vérifiée, à traiter"
    ROUTED = "routed", "Transmise"
    GRANTED = "granted", "Acceptée"
    REFUSED = "refused", "Refusée"
    DONE = "done", "Terminée"


class Route(models.TextChoices):
    REGISTER = "register", "Registre des professionnels (RPPS)"
    DESCRIBER = "describer", "Personnes qui décrivent l'établissement"
    OFFICER = "officer", "Délégué à la protection des données"


class IdentityMeans(models.TextChoices):
    ACCOUNT = "account", "Compte relié à l'identifiant national (Pro Santé Connect)"
    PROFESSIONAL_ADDRESS = "address", "Adresse professionnelle déjà connue du répertoire"
    CALL = "call", "Rappel par un numéro déjà connu du répertoire"
    DOCUMENT = "document", "Pièce vue, dont aucune copie n'est gardée"


ENDED = (Status.REFUSED, Status.DONE)
OPEN_TO_ANSWER = (Status.IDENTITY, Status.CHECKED, Status.ROUTED, Status.GRANTED)
UNCHECKED = (Status.RECEIVED, Status.IDENTITY, Status.REFUSED)  # no identity is needed to be refused


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


class PersonRequestQuerySet(GovernedQuerySet):
    """Requests are read by right, not by level: whoever may read one reads it whole."""

    def visible_to(self, viewer: Viewer) -> "PersonRequestQuerySet":
        """All whose address is proven, for the officer; those routed to one's establishments, for a describer."""
        rows = self._chain()
        rows._cleared_for = viewer.name
        rows = rows.exclude(status=Status.RECEIVED)
        if viewer.may(PERMISSION):
            return rows
        routed = Q(route=Route.DESCRIBER, status=Status.ROUTED)
        return rows.filter(routed, viewer.holds(DESCRIBE, self.model.governance))


class PersonRequest(models.Model):
    """Demande d'une personne: who asks, about what, and how far the answer is.

    `id_nat_ps` and `contacts` say who the person is in the record, as matched by the officer (keys, not relations: the
    record is free to change); `contact_digests`, under which name (`recognising`). `access_nonce` and `access_until`
    make the personal link: another nonce revokes it.
    """

    governance = through("geographic_entity__")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("demande", max_length=12, choices=Kind)
    status = models.CharField("état", max_length=10, choices=Status, default=Status.RECEIVED)
    last_name = models.CharField("nom", max_length=120)
    first_name = models.CharField("prénom", max_length=120)
    number = models.CharField("numéro RPPS ou ADELI", max_length=11, blank=True)
    email = models.EmailField("adresse électronique")
    place = models.CharField("où la personne est décrite", max_length=300, blank=True)
    details = models.TextField("ce qu'elle demande", max_length=2000, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="compte"
    )
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    created_at = models.DateTimeField("envoyée le", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField("adresse confirmée le", null=True)
    identity_checked_at = models.DateTimeField("identité vérifiée le", null=True)
    identity_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="identité vérifiée par"
    )
    identity_means = models.CharField("moyen", max_length=10, choices=IdentityMeans, blank=True)
    id_nat_ps = models.CharField("identifiant national du professionnel", max_length=12, blank=True)
    contacts = ArrayField(models.UUIDField(), verbose_name="contacts nommés", default=list, blank=True)
    contact_digests = ArrayField(models.CharField(max_length=64), default=list, blank=True, editable=False)
    matched_at = models.DateTimeField("reconnue dans le répertoire le", null=True, editable=False)
    route = models.CharField("transmise à", max_length=10, choices=Route, blank=True)
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.PROTECT, null=True, related_name="+", verbose_name="établissement concerné"
    )
    answer = models.TextField("réponse faite à la personne", max_length=2000, blank=True)
    access_nonce = models.CharField(max_length=32, blank=True, editable=False)
    access_until = models.DateTimeField("lien personnel valable jusqu'au", null=True)
    ended_at = models.DateTimeField("terminée le", null=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = GovernedManager.from_queryset(PersonRequestQuerySet)()

    class Meta:
        verbose_name = "demande d'une personne"
        verbose_name_plural = "demandes des personnes"
        ordering = ["-created_at"]
        base_manager_name = "objects"
        default_permissions = ()
        indexes = [models.Index(fields=["email", "created_at"], name="personrequest_email")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=UNCHECKED) | Q(identity_checked_at__isnull=False),
                name="personrequest_answered_once_identity_checked",
            ),
            models.CheckConstraint(
                condition=Q(identity_checked_at=None, identity_checked_by=None, identity_means="")
                | (Q(identity_checked_at__isnull=False) & ~Q(identity_means="")),
                name="personrequest_identity_checked_by_some_means",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.RECEIVED) | Q(confirmed_at__isnull=False),
                name="personrequest_handled_once_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(route=Route.DESCRIBER) | Q(geographic_entity__isnull=False),
                name="personrequest_describer_of_an_establishment",
            ),
            models.CheckConstraint(condition=~Q(status=Status.ROUTED) | ~Q(route=""), name="personrequest_routed_to"),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, ended_at__isnull=False) | (~Q(status__in=ENDED) & Q(ended_at=None)),
                name="personrequest_ended_with_a_date",
            ),
            models.CheckConstraint(
                condition=Q(access_nonce="", access_until=None)
                | (Q(access_until__isnull=False, identity_checked_at__isnull=False) & ~Q(access_nonce="")),
                name="personrequest_link_once_identity_checked",
            ),
        ]

    def __str__(self) -> str:
        return f"demande du {timezone.localdate(self.created_at):%d/%m/%Y}"

    @property
    def recognised(self) -> dict[uuid.UUID, str]:
        """The contacts matched, each with the digest of its name; one without a digest is not recognised."""
        return dict(zip(self.contacts, self.contact_digests, strict=False))


class RequestStep(models.Model):
    """Suivi: what was done for a request, when and by whom. Never changed."""

    request = models.ForeignKey(PersonRequest, models.CASCADE, related_name="steps", verbose_name="demande")
    at = models.DateTimeField("le", default=timezone.now, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="par"
    )
    what = models.CharField("fait", max_length=200)
    note = models.TextField("précision", max_length=2000, blank=True)

    objects = GovernedManager()

    class Meta:
        verbose_name = "étape"
        verbose_name_plural = "suivi"
        ordering = ["at", "pk"]
        base_manager_name = "objects"
        default_permissions = ()
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"étape du {timezone.localdate(self.at):%d/%m/%Y}"


class Blanking(models.Model):
    """Effacement d'une ancienne valeur: which datum, where, by whom and why; never the value itself.

    `counts` says how many copies of each kind were emptied. `request` is the key of the request that was granted, when
    there is one: the trace outlives it.
    """

    at = models.DateTimeField("le", default=timezone.now, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="par"
    )
    author_name = models.CharField("par (nom)", max_length=200)
    datum = models.CharField("donnée", max_length=80)
    subject = models.CharField("objet", max_length=60)
    reason = models.CharField("motif", max_length=300)
    request = models.UUIDField("demande", null=True)
    counts = models.JSONField("copies effacées", default=dict)

    class Meta:
        verbose_name = "ancienne valeur effacée"
        verbose_name_plural = "anciennes valeurs effacées"
        ordering = ["-at", "-pk"]
        default_permissions = ()
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"effacement du {timezone.localdate(self.at):%d/%m/%Y}"
