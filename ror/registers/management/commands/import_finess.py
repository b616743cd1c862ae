"""`manage.py import_finess FILE`: the public FINESS file into the portal, its difference shown first."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ror.reference.models import Department
from ror.registers.files import FileRefused
from ror.registers.finess.importing import EXAMPLES, import_file, preview_file
from ror.registers.finess.report import report_lines
from ror.registers.finess.scope import ScopeUnknown, read_scope


class Command(BaseCommand):
    """Exit code 1, and nothing applied, when the file is refused; refused lines alone do not change the exit code."""

    help = (
        "Importe le fichier public FINESS (structureet, geolocalisation, structureej ; texte ou gzip). "
        "Montre les différences, puis les applique en une seule fois."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER", help="fichier publié par FINESS, compressé ou non")
        parser.add_argument("--dry-run", action="store_true", help="montrer les différences sans rien enregistrer")
        parser.add_argument(
            "--scope",
            default="",
            metavar="PÉRIMÈTRE",
            help=(
                "ce que le fichier contient en entier : « nation » ou le code d'un département (35, 2A, 974). "
                "Sans lui, aucun établissement n'est signalé comme disparu"
            ),
        )
        parser.add_argument(
            "--details", type=int, default=EXAMPLES, metavar="N", help=f"exemples montrés de chaque sorte ({EXAMPLES})"
        )

    def handle(self, *args, **options) -> None:
        if not Department.objects.exists():
            raise CommandError(
                "Les données de référence manquent. Lancez « manage.py load_reference », puis recommencez."
            )
        run = preview_file if options["dry_run"] else import_file
        details = max(options["details"], 0)
        try:
            outcome = run(options["file"], read_scope(options["scope"]), details)
        except ScopeUnknown as error:
            raise CommandError(str(error)) from error
        except FileRefused as error:
            raise CommandError(f"Fichier refusé, rien n'a été enregistré. {error}") from error
        for line in report_lines(outcome, details):
            self.stdout.write(line)
