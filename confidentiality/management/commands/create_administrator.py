import os
import sys
from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from confidentiality import viewer
from confidentiality.models import Assignment, Perimeter, Role
from ror.accounts.models import User
from ror.history import writing

AUTHOR = "create_administrator"
ROLE = "national_administrator"
REASON = "ouvert par la commande create_administrator"


class Command(BaseCommand):
    """Open the first account: there is no superuser, and every other account is opened by someone who holds a role."""

    help = "Ouvre le compte d'un administrateur national, ou donne ce rôle à un compte qui existe déjà."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")
        parser.add_argument(
            "--password-from-env",
            metavar="NOM",
            help="variable d'environnement qui contient le mot de passe ; sans elle, il est demandé au clavier",
        )

    def handle(self, *args, email: str, password_from_env: str | None, **options) -> None:
        check_email(email)
        role, nation = role_and_nation()
        known = User.objects.filter(email__iexact=email).first()
        if known is not None and known.assignments.in_force().filter(role=role, perimeter=nation).exists():
            self.stdout.write(f"{known.email} est déjà administrateur national : rien n'a changé.")
            return
        # Asked before the transaction: nobody types inside one.
        user = known or account(email, read_password(password_from_env))
        with writing(AUTHOR, "command"):
            if known is None:
                user.save()
            Assignment.objects.create(user=user, role=role, perimeter=nation, reason=REASON)
        what = "Compte ouvert" if known is None else "Rôle donné, mot de passe inchangé"
        self.stdout.write(f"{what} : {user.email}, administrateur national.")


def check_email(email: str) -> None:
    """Raise a CommandError unless it is an e-mail address."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError(f"« {email} » n'est pas une adresse électronique.") from error


def role_and_nation() -> tuple[Role, Perimeter]:
    """The role and where it is given; both come from the reference data."""
    role = Role.objects.filter(pk=ROLE).first()
    nation = Perimeter.objects.filter(kind=viewer.NATION).first()
    if role is None or nation is None:
        raise CommandError("Les rôles ne sont pas chargés : lancez d'abord « python manage.py load_reference ».")
    return role, nation


def account(email: str, password: str) -> User:
    """A new account, not saved yet; raises a CommandError when the password is too weak."""
    user = User(email=User.objects.normalize_email(email))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(f"Ce mot de passe est refusé. {' '.join(error.messages)}") from error
    user.set_password(password)
    return user


def read_password(variable: str | None) -> str:
    """The password, from the environment or from the keyboard; never asked when nobody is there to answer."""
    if variable is not None:
        if not os.environ.get(variable):
            raise CommandError(f"La variable d'environnement {variable} est vide ou absente.")
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise CommandError(
            "Le mot de passe ne peut pas être demandé ici : mettez-le dans une variable d'environnement "
            "et indiquez son nom avec --password-from-env."
        )
    password = getpass("Mot de passe : ")
    if password != getpass("Le même mot de passe : "):
        raise CommandError("Les deux mots de passe ne sont pas les mêmes : recommencez.")
    return password
