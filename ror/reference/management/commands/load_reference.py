from django.core.management.base import BaseCommand

from ror.reference.loading import LOADERS, load_bundle


class Command(BaseCommand):
    help = "Charge les nomenclatures, les territoires et les autres données de référence fournies avec le portail."

    def handle(self, *args, **options):
        loaded = load_bundle()
        if loaded.already_there:
            self.stdout.write("Nomenclatures et territoires : déjà chargés.")
        else:
            self.stdout.write(
                f"Nomenclatures et territoires chargés : {loaded.concepts} codes et {loaded.communes} communes "
                "ajoutés ou modifiés."
            )
        for load in LOADERS:
            message = load()
            if message:
                self.stdout.write(message)
