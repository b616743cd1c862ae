from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError

from ror.accounts.models import User


class Command(BaseCommand):
    """For someone who has lost both the phone and the recovery codes, once their identity is checked."""

    help = "Retire l'application de codes d'un compte : la personne en ajoutera une autre à sa prochaine connexion."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email", help="adresse électronique du compte")

    def handle(self, *args, email: str, **options) -> None:
        user = User.objects.filter(email=User.objects.normalize_email(email)).first()
        if user is None:
            raise CommandError(f"Aucun compte n'a l'adresse « {email} ».")
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if not removed:
            self.stdout.write(f"{user.email} n'a pas d'application de codes : rien n'a changé.")
            return
        self.stdout.write(f"L'application de codes de {user.email} et ses codes de secours sont retirés.")
