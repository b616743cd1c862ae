"""Invitations and requests of access: what precedes an assignment. The assignment itself stays the only right."""

import datetime
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from confidentiality.models import Perimeter, Role

INVITATION_LASTS = datetime.timedelta(days=14)  # the portal's choice


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def end_of_validity() -> datetime.datetime:
    return timezone.now() + INVITATION_LASTS


class InvitationQuerySet(models.QuerySet):
    def pending(self) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, cancelled_at=None, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """Invitation : roles offered to an address, accepted once by whoever reads its mail.

    The link of the mail carries the id and `nonce`, signed and dated: a new `nonce` makes older links useless.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("adresse électronique")
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    reason = models.CharField("motif", max_length=300)
    starts_at = models.DateTimeField("les rôles commencent le", null=True, blank=True)
    ends_at = models.DateTimeField("les rôles prennent fin le", null=True, blank=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="envoyée par"
    )
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    expires_at = models.DateTimeField("valable jusqu'au", default=end_of_validity)
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="acceptée par"
    )
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ["-created_at"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(cancelled_at=None), name="invitation_accepted_or_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at=None) | Q(ends_at__gt=F("starts_at")),
                name="invitation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation du {timezone.localdate(self.created_at):%d/%m/%Y}"


class InvitedRole(models.Model):
    """Rôle proposé by an invitation, on one perimeter."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="roles", verbose_name="invitation")
    role = models.ForeignKey(Role, models.PROTECT, related_name="+", verbose_name="rôle")
    perimeter = models.ForeignKey(Perimeter, models.PROTECT, related_name="+", verbose_name="périmètre")

    class Meta:
        verbose_name = "rôle proposé"
        verbose_name_plural = "rôles proposés"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["invitation", "role", "perimeter"], name="invitedrole_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role}, {self.perimeter}"


class AccessRequestQuerySet(models.QuerySet):
    def pending(self) -> "AccessRequestQuerySet":
        """Those that nobody has answered yet."""
        return self.filter(decided_at=None)


class AccessRequest(models.Model):
    """Demande d'accès : someone signed in asks for a role on a perimeter; who manages its accounts answers."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_requests", verbose_name="personne"
    )
    role = models.ForeignKey(Role, models.PROTECT, related_name="+", verbose_name="rôle")
    perimeter = models.ForeignKey(Perimeter, models.PROTECT, related_name="+", verbose_name="périmètre")
    reason = models.CharField("motif", max_length=300)
    created_at = models.DateTimeField("envoyée le", auto_now_add=True)
    decided_at = models.DateTimeField("répondue le", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="répondue par"
    )
    approved = models.BooleanField("acceptée", null=True, blank=True)
    answer = models.CharField("réponse", max_length=300, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande d'accès"
        verbose_name_plural = "demandes d'accès"
        ordering = ["created_at"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, approved=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, approved__isnull=False),
                name="accessrequest_decided_whole_or_not",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="accessrequest_decided_never_oneself"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "perimeter"],
                condition=Q(decided_at=None),
                name="accessrequest_pending_once",
            ),
        ]

    def __str__(self) -> str:
        return f"demande du {timezone.localdate(self.created_at):%d/%m/%Y}"
