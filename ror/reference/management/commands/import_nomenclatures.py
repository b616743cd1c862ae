from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from ror.reference.importing.apply import write
from ror.reference.importing.difference import Changes, Difference
from ror.reference.importing.files import UnreadableFile
from ror.reference.importing.resources import read_distribution
from ror.reference.models import Edition
from ror.reference.nomenclature import renew

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Importe les nomenclatures officielles (ressources FHIR CodeSystem et ValueSet de l'ANS) : montre ce qui est "
        "ajouté, renommé ou fermé, et l'applique en une seule fois. Aucun code n'est jamais supprimé."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, metavar="CHEMIN", help="fichier JSON, dossier ou archive zip")
        parser.add_argument("--yes", action="store_true", help="accepter de fermer beaucoup de codes")
        parser.add_argument("--dry-run", action="store_true", help="montrer les changements sans rien écrire")
        parser.add_argument("--details", action="store_true", help=f"tout lister, au lieu de {SHOWN} lignes par table")

    def handle(self, *args, path: Path, yes: bool, dry_run: bool, details: bool, **options):
        try:
            read = read_distribution(path)
        except UnreadableFile as error:
            raise CommandError(f"{error} Rien n'a été modifié.") from error
        with transaction.atomic():
            Edition.objects.select_for_update().get_or_create(pk=1)
            difference = Difference(read, timezone.localdate())
            for line in report(difference, None if details else SHOWN):
                self.stdout.write(line)
            if dry_run:
                self.stdout.write("Essai : rien n'a été modifié.")
                return
            if difference.closing_many and not yes:
                raise CommandError(refusal(difference))
            write(difference)
        renew()


def report(difference: Difference, shown: int | None) -> Iterator[str]:
    """The lines that tell what changes; `shown` limits the lines of each table (None: all)."""
    for ignored in difference.ignored:
        yield f"Ignoré — {ignored}."
    for changes in difference.changes:
        if not changes.is_empty:
            yield from _details(difference, changes, shown)
    totals = {
        "ajoutés": sum(len(changes.added) for changes in difference.changes),
        "renommés": sum(len(changes.relabelled) for changes in difference.changes),
        "fermés": sum(len(changes.closed) for changes in difference.changes),
        "rouverts": sum(len(changes.reopened) for changes in difference.changes),
        "ignorés": len(difference.ignored),
    }
    yield " ".join(f"{name}={number}" for name, number in totals.items())


def refusal(difference: Difference) -> str:
    """Why the import stops, and what to do."""
    named = " ; ".join(
        f"{changes.name} : {len(changes.closed)} sur {changes.current_before}" for changes in difference.closing_many
    )
    return (
        f"Cet import fermerait beaucoup de codes ({named}). Rien n'a été modifié. "
        "Vérifiez la liste ci-dessus puis, si elle est juste, relancez la commande avec --yes."
    )


def _details(difference: Difference, changes: Changes, shown: int | None) -> Iterator[str]:
    version = f" (version {changes.version})" if changes.version else ""
    yield (
        f"{changes.name}{version} : {len(changes.added)} ajoutés, {len(changes.relabelled)} renommés, "
        f"{len(changes.closed)} fermés, {len(changes.reopened)} rouverts"
    )
    lines = [
        *(f"  - fermé    {key} {difference.label(key)}" for key in changes.closed),
        *(f"  ~ renommé  {key} « {old} » → « {new} »" for key, old, new in changes.relabelled),
        *(f"  * rouvert  {key} {difference.label(key)}" for key in changes.reopened),
        *(f"  + ajouté   {key} {difference.label(key)}" for key in changes.added),
    ]
    yield from lines[:shown]
    if shown is not None and len(lines) > shown:
        yield f"  … et {len(lines) - shown} autres : ajoutez --details pour tout voir."
