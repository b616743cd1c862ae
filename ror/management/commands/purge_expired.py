"""`manage.py purge_expired`: forget what is older than the delays that the data controller has set."""

from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ror.dates import display_date
from ror.retention import KINDS, Expired, Kind, PurgeRefused, limit_of


class Command(BaseCommand):
    """Exit code 1 when a delay is no number of days (then nothing is erased) or when a file cannot be erased."""

    help = (
        "Efface l'historique, les brouillons, les fichiers déposés, le journal des consultations, les demandes des "
        "personnes et les invitations plus anciens que les durées réglées, en jours (ROR_KEEP_HISTORY_DAYS, "
        "ROR_KEEP_DRAFTS_DAYS, ROR_KEEP_UPLOADS_DAYS, ROR_KEEP_JOURNAL_DAYS, ROR_KEEP_PERSON_REQUESTS_DAYS, "
        "ROR_KEEP_INVITATIONS_DAYS). Sans réglage, le journal est gardé 365 jours et le reste est conservé : "
        "fixer ces durées revient au responsable du traitement."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="dire ce qui serait effacé, sans rien effacer")

    def handle(self, *args, dry_run: bool, **options) -> None:
        try:
            limits = [(kind, limit_of(kind)) for kind in KINDS]
            for kind, limit in limits:
                self._purge(kind, limit, dry_run)
        except PurgeRefused as error:
            raise CommandError(str(error)) from error

    def _purge(self, kind: Kind, limit: datetime | None, dry_run: bool) -> None:
        if limit is None:
            self.stdout.write(f"{kind.name} : {kind.kept} sans limite ({kind.variable} non défini)")
            return
        expired = kind.find(limit) if dry_run else kind.erase(limit)
        done = "à effacer" if dry_run else _erased(expired)
        self.stdout.write(f"{kind.name} : {expired.words} {done} ({kind.since} {display_date(limit)})")
        for detail in expired.details:
            self.stdout.write(f"  {detail}")


def _erased(expired: Expired) -> str:
    return "effacés" if expired.count > 1 else "effacé"
