"""`manage.py model_coverage`: compare the models with the official dictionary that the portal bundles."""

from django.contrib import admin
from django.core.management.base import BaseCommand, CommandParser

from ror.quality.coverage.base import empty_lines
from ror.quality.coverage.forms import lines_without_form
from ror.quality.coverage.lines import Line, read_lines
from ror.quality.coverage.markdown import table
from ror.quality.coverage.shapes import problems_of


class Command(BaseCommand):
    """Exit code 1 when an attribute is missing, wrongly modelled, empty everywhere (`--base`) or without form."""

    help = (
        "Compare les modèles avec le dictionnaire du modèle d'exposition 3.0.1 : chaque attribut est modélisé, "
        "ou écarté avec sa raison."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--markdown", action="store_true", help="écrit la table que montre docs/modele.md")
        parser.add_argument("--base", action="store_true", help="vérifie que la base courante remplit chaque attribut")
        parser.add_argument("--forms", action="store_true", help="vérifie que chaque attribut se saisit quelque part")

    def handle(self, *args, markdown: bool, base: bool, forms: bool, **options) -> None:
        lines, missing, unknown = read_lines()
        if markdown:
            self.stdout.write("\n".join(table(lines)))
            return
        self.failed = False
        right = [line for line in lines if not self._report(line)]
        for attribute in missing:
            self._tell(f"{attribute} : aucune ligne ne dit sa place")
        for name in unknown:
            self._tell(f"{name} : absent du dictionnaire")
        if base:
            for line in empty_lines(right):
                self._tell(f"{line.attribute} : vide dans toute la base ({', '.join(line.columns)})")
        if forms:
            for line in lines_without_form(right, admin.site):
                self._tell(f"{line.attribute} : ne se saisit dans aucun formulaire ({', '.join(line.columns)})")
        modelled = sum(line.modelled for line in right)
        wrong = len(lines) - len(right) + len(missing)
        self.stdout.write(
            f"modélisés={modelled} écartés={len(right) - modelled} manquants={wrong} total={len(lines) + len(missing)}"
        )
        if self.failed:
            raise SystemExit(1)

    def _report(self, line: Line) -> bool:
        """Whether the line is wrong; what is wrong is said."""
        problems = problems_of(line)
        for problem in problems:
            self._tell(f"{line.attribute} : {problem}")
        return bool(problems)

    def _tell(self, text: str) -> None:
        self.failed = True
        self.stdout.write(text)
