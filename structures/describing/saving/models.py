"""Who has which draft open: told to the others on it, forgotten within minutes."""

from django.conf import settings
from django.db import models


class Presence(models.Model):
    """Présence : one person on one draft, at which step, since when. It counts while `seen_at` is recent.

    No key leads to the draft, which is deleted without its neighbours: a presence is nothing once it has expired. It
    is read after its draft, thus by those alone who may describe there.
    """

    draft = models.UUIDField("brouillon")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="personne")
    step = models.CharField("étape", max_length=40)
    since = models.DateTimeField("depuis")
    seen_at = models.DateTimeField("vue pour la dernière fois")

    class Meta:
        verbose_name = "présence"
        verbose_name_plural = "présences"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["draft", "user"], name="presence_once_per_draft")]

    def __str__(self) -> str:
        return "Présence"
