"""Accounts of the people who use the portal."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from ror.accounts.mails import NOWHERE


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A new account; without a password it cannot sign in by password."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Lower case throughout: addresses are compared so at sign-in, and nobody has two that differ by case."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """Compte : a person who signs in. What the account may do comes from its assignments only.

    There is no superuser: a constraint refuses one, since it would pass every check of django and guardian.
    `national_id` is idNat_PS as Pro Santé Connect said it: a card opens the account that has it.
    """

    email = models.EmailField("adresse électronique", unique=True)
    first_name = models.CharField("prénom", max_length=150, blank=True)
    last_name = models.CharField("nom", max_length=150, blank=True)
    national_id = models.CharField(
        "identifiant national (RPPS ou ADELI)", max_length=12, unique=True, null=True, blank=True, editable=False
    )
    is_active = models.BooleanField("compte actif", default=True)
    date_joined = models.DateTimeField("ouvert le", auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="user_is_superuser_never"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_case"),
            # allauth looks an address up in lower case only: any other could never sign in.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            # idNat_PS: 8 and the RPPS number, or 0 and the ADELI number.
            models.CheckConstraint(
                condition=Q(national_id=None) | Q(national_id__regex=r"^(8\d{11}|0\d{9})$"),
                name="user_national_id_well_formed",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def own_address(self) -> str:
        """The address; empty for an account opened by a card, which has none of its own."""
        return "" if self.email.endswith(NOWHERE) else self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email
