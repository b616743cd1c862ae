import argparse

from django.core.management.base import BaseCommand, CommandError

from ror.demonstration.national.generating import Generated, generate, made_by_people

SEED = 2026
WARNING = "Tout ce que cette commande ajoute est inventé : établissements, offres, personnes. Jamais en production."
REFUSED = (
    "Cette base contient des comptes ou des descriptions que des personnes y ont mis : des données inventées ne s'en "
    "distingueraient plus. Choisissez une autre base, ou ajoutez --yes si c'est bien une base d'essai."
)


class Command(BaseCommand):
    help = (
        "Décrit les établissements présents et en invente d'autres, jusqu'aux volumes du pays entier (--scale 1) ou à "
        "une part. Une seconde exécution n'ajoute que ce qui manque."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--scale", type=scale, required=True, help="part du pays, de 0,01 à 1")
        parser.add_argument("--seed", type=int, default=SEED, help="une même graine donne une même base")
        parser.add_argument("--yes", action="store_true", help="accepte une base où des personnes ont travaillé")

    def handle(self, *args, scale: float, seed: int, yes: bool, **options) -> None:
        if made_by_people() and not yes:
            raise CommandError(REFUSED)
        self.stderr.write(WARNING)
        generated = generate(scale, seed)
        for model, number in generated.held.items():
            self.stdout.write(f"{model._meta.verbose_name_plural} : {spaced(number)}")
        self.stdout.write(f"ajoutées : {spaced(generated.added.total())} lignes ({pace(generated)} lignes/s)")
        self.stdout.write(f"durée : {generated.seconds:.1f} s".replace(".", ","))


def scale(text: str) -> float:
    """A part of the country, greater than 0 and at most 1, with a comma or a point."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("donnez une part du pays, par exemple 0,05 (au plus 1)")
    return value


def spaced(number: int) -> str:
    """The number as French writes it: 300 000."""
    return f"{number:,}".replace(",", "\u202f")


def pace(generated: Generated) -> str:
    return spaced(round(generated.added.total() / generated.seconds))
