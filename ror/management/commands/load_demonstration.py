from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ror.demonstration.accounts import accounts
from ror.demonstration.loading import Loaded, load

REFUSED = (
    "La démonstration ouvre des comptes dont le mot de passe est public. "
    "Pour la charger sur une base d'essai, et jamais en production : "
    "ROR_DEMONSTRATION=1 python manage.py load_demonstration"
)


class Command(BaseCommand):
    help = "Charge des données inventées et un compte par rôle. Une seconde exécution ne change rien."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--quiet", action="store_true", help="n'affiche que les comptes")

    def handle(self, *args, quiet: bool, **options) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError(REFUSED)
        loaded = load()
        if not quiet:
            self.stdout.write(_summary(loaded))
        for account in accounts():
            self.stdout.write(str(account))


def _summary(loaded: Loaded) -> str:
    if not any((loaded.establishments, loaded.offers, loaded.drafts, loaded.accounts)):
        return "Démonstration déjà chargée : rien n'a changé."
    return (
        f"Démonstration chargée : {loaded.establishments} établissements, {loaded.offers} offres, "
        f"{loaded.drafts} brouillons, {loaded.accounts} comptes. Toutes ces données sont fictives."
    )
