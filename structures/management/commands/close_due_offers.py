"""`manage.py close_due_offers`: on the day of an announced closing, nothing is available there any more."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from structures.closing import close_what_is_due

AUTHOR, CHANNEL = "close_due_offers", "command"


class Command(BaseCommand):
    """To run every day, soon after midnight; running it again the same day changes nothing."""

    help = (
        "Met à zéro les lits et places disponibles des lieux dont toutes les offres sont fermées aujourd'hui ou avant "
        "(fermetures annoncées, RG_EXP_047). À lancer chaque jour, peu après minuit."
    )

    def handle(self, *args, **options) -> None:
        emptied = close_what_is_due(timezone.localdate(), author=AUTHOR, channel=CHANNEL)
        self.stdout.write(f"chiffres mis à zéro : {emptied.figures} ; lieux : {emptied.places}")
