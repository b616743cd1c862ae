"""`manage.py blank_old_value`: erase an old value from the copies, once the record is corrected."""

import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ror.persons.blanking import NotBlanked, blank, foresee
from ror.persons.officer_forms import DATA
from ror.persons.officer_views import told
from ror.persons.scope import find_scope

CHANNEL = "command"


class Command(BaseCommand):
    """The values are read from the standard input, one per line: they stay in no shell history and no log.

    Exit code 1 when nothing has this number, or when a value cannot be looked for.
    """

    help = (
        "Efface une ancienne valeur de l'historique, des versions publiées, des brouillons et des anomalies d'un "
        "établissement ou d'un professionnel. Les valeurs se donnent sur l'entrée standard, une par ligne. "
        "Sans --confirm, dit seulement ce qui serait effacé."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", help="numéro FINESS ou identifiant national, numéro RPPS ou ADELI")
        parser.add_argument("--datum", required=True, choices=sorted(DATA), help="la donnée corrigée")
        parser.add_argument("--author", required=True, help="qui efface : nom gardé dans la trace")
        parser.add_argument("--reason", required=True, help="motif gardé dans la trace, sans la valeur")
        parser.add_argument("--confirm", action="store_true", help="effacer vraiment")

    def handle(self, *args, place: str, datum: str, author: str, reason: str, confirm: bool, **options) -> None:
        scope = find_scope(place)
        if scope is None:
            raise CommandError(f"Rien n'a le numéro « {place} ».")
        do = blank if confirm else foresee
        values = (options.get("stdin") or sys.stdin).read().splitlines()
        try:
            done = do(values, scope, datum=datum, author=author, channel=CHANNEL, reason=reason)
        except NotBlanked as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{'effacé' if confirm else 'serait effacé'} : {told(done)}")
