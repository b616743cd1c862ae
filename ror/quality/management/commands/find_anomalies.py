"""`manage.py find_anomalies`: look over the whole base for codes closed since, and for checks answered."""

from django.core.management.base import BaseCommand

from ror.history import writing
from ror.quality.anomalies import CLOSED_CODE, keep, portal_anomalies
from ror.quality.asking import end_when_confirmed
from ror.quality.closed_codes import closed_codes
from ror.reference.nomenclature import renew


class Command(BaseCommand):
    help = "Cherche dans toute la base les codes fermés depuis, ouvre leurs anomalies et termine celles corrigées."

    def handle(self, *args, **options) -> None:
        renew()
        with writing("find_anomalies", "command"):
            kept = keep(closed_codes(), portal_anomalies().filter(rule=CLOSED_CODE))
            answered = end_when_confirmed()
        self.stdout.write(
            f"Codes fermés : anomalies ouvertes={kept.opened} corrigées={kept.corrected} "
            f"déjà ouvertes={kept.still_open}. Vérifications demandées : répondues={answered}."
        )
