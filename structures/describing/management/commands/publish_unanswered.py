"""`manage.py publish_unanswered`: publish what was submitted to a review that nobody answered in time."""

from urllib.parse import urljoin

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from structures.describing.reviewing.models import State
from structures.describing.reviewing.moves import AlreadyDecided, overdue, settle_overdue
from structures.describing.reviewing.telling import tell_decided


class Command(BaseCommand):
    """To run every day; running it again changes nothing. What no longer passes the rules is returned instead."""

    help = (
        "Publie les offres soumises à la relecture régionale et restées sans réponse au-delà du délai de la région ; "
        "retourne celles que les règles refusent désormais. À lancer chaque jour."
    )

    def handle(self, *args, **options) -> None:
        settled = [decided for submission in overdue(timezone.now()) if (decided := self._settle(submission))]
        published = sum(1 for decided in settled if decided.state == State.PUBLISHED)
        self.stdout.write(f"publiées sans réponse : {published} ; retournées : {len(settled) - published}")

    def _settle(self, submission):
        """The round once settled and told; None when someone decided meanwhile."""
        try:
            decided = settle_overdue(submission)
        except AlreadyDecided:
            return None
        tell_decided(decided, lambda path: urljoin(settings.PUBLIC_ADDRESS, path))
        return decided
