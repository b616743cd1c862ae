"""What the portal forgets, once the data controller has said after how long.

Nothing but the access journal is forgotten by default, and no duration here is presented as legal: the decree fixes one
that this project has not read. Each kind below knows what of it is older than a date, and how to erase exactly that.
"""

import os
import stat
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pgtrigger
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Min, Model, OuterRef, QuerySet
from django.utils import timezone
from pghistory.core import event_models
from pghistory.models import Context

from confidentiality.models import AccessRecord
from ror.history import writing
from ror.persons import forgetting
from structures.colleagues import forgetting as invitations
from structures.describing.models import Draft, Submission

REASON = "retention: the command erases what is older than the delay set by the data controller"
AUTHOR = "purge_expired"
LONGEST_DAYS = 36_500
BATCH = 10_000  # numbers of events per statement, so that no lock lasts long and an interrupted purge is resumed


class PurgeRefused(RuntimeError):
    """Something is set in a way that nothing may be erased by; the message says in French what to do."""


@dataclass(frozen=True)
class Expired:
    """How many things are concerned, in words, then a line of detail for each establishment that loses some."""

    count: int
    words: str
    details: tuple[str, ...] = ()


class Kind(ABC):
    """One kind of thing that may be forgotten: its French name (masculine), its setting, what its age is counted from.

    `find` and `erase` speak of what is older than `limit`; both raise `PurgeRefused`.
    """

    name: str
    one: str
    several: str
    setting: str
    kept: str
    since: str

    @property
    def variable(self) -> str:
        """The environment variable that sets the delay."""
        return f"ROR_{self.setting}"

    def told(self, count: int) -> Expired:
        """So many of them, in words."""
        return Expired(count, f"{count} {self.several if count > 1 else self.one}")

    @abstractmethod
    def find(self, limit: datetime) -> Expired:
        """What `erase` would erase now."""

    @abstractmethod
    def erase(self, limit: datetime) -> Expired:
        """What was erased."""


class History(Kind):
    """Historique: the events that the database keeps of each write, never the rows that they tell of."""

    name = "historique"
    one, several = "événement", "événements"
    setting = "KEEP_HISTORY_DAYS"
    kept = "conservé"
    since = "plus anciens que le"

    def find(self, limit: datetime) -> Expired:
        return self.told(sum(_written_before(limit, model).count() for model in event_models()))

    def erase(self, limit: datetime) -> Expired:
        """The authors and channels of transactions of which no event is left go with their events."""
        told = self.told(sum(_erase_events(limit, model) for model in event_models()))
        _erase_contexts(limit)
        return told


class Drafts(Kind):
    """Brouillons: descriptions typed and not published, with how many each establishment loses."""

    name = "brouillons"
    one, several = "brouillon", "brouillons"
    setting = "KEEP_DRAFTS_DAYS"
    kept = "conservés"
    since = "non modifiés depuis le"

    def find(self, limit: datetime) -> Expired:
        return self._told([establishment for _, establishment in self._untouched(limit)])

    @transaction.atomic
    def erase(self, limit: datetime) -> Expired:
        """A draft that someone saves at this very moment is kept."""
        found = list(self._untouched(limit).select_for_update(of=("self",)))
        with writing(AUTHOR, "command"):
            Draft.objects.trusted(REASON).filter(pk__in=[key for key, _ in found]).delete_rows()
        return self._told([establishment for _, establishment in found])

    @staticmethod
    def _untouched(limit: datetime) -> QuerySet:
        waiting = Submission.objects.trusted(REASON).waiting().values("draft_key")
        rows = Draft.objects.trusted(REASON).filter(updated_at__lt=limit).exclude(pk__in=waiting)
        return rows.order_by("pk").values_list("pk", "geographic_entity__id_nat_struct")

    def _told(self, establishments: list[str]) -> Expired:
        counts = Counter(establishments)
        details = tuple(f"{key} : {counts[key]}" for key in sorted(counts))
        return replace(self.told(len(establishments)), details=details)


class Reviews(Kind):
    """Relectures terminées: rounds of review that were decided; what waits for an answer stays."""

    name = "relectures terminées"
    one, several = "tour", "tours"
    setting = "KEEP_DRAFTS_DAYS"
    kept = "conservées"
    since = "décidées avant le"

    def find(self, limit: datetime) -> Expired:
        return self.told(self._decided(limit).count())

    def erase(self, limit: datetime) -> Expired:
        """What was published of them stays in the versions of the offer."""
        return self.told(self._decided(limit).delete_rows())

    @staticmethod
    def _decided(limit: datetime) -> QuerySet:
        return Submission.objects.trusted(REASON).filter(decided_at__lt=limit)


class Uploads(Kind):
    """Fichiers déposés: the regular files under MEDIA_ROOT. Links are neither followed nor erased, folders stay."""

    name = "fichiers déposés"
    one, several = "fichier", "fichiers"
    setting = "KEEP_UPLOADS_DAYS"
    kept = "conservés"
    since = "non modifiés depuis le"

    def find(self, limit: datetime) -> Expired:
        return self.told(sum(1 for _ in _files_before(limit)))

    def erase(self, limit: datetime) -> Expired:
        count = 0
        for folder, name in _files_before(limit):
            count += _erase_file(folder, name)
        return self.told(count)


class Journal(Kind):
    """Journal des consultations: the records of what was disclosed above level 1 (12 months unless told)."""

    name = "journal des consultations"
    one, several = "accès", "accès"
    setting = "KEEP_JOURNAL_DAYS"
    kept = "conservé"
    since = "plus anciens que le"

    def find(self, limit: datetime) -> Expired:
        return self.told(AccessRecord.objects.filter(at__lt=limit).count())

    def erase(self, limit: datetime) -> Expired:
        """Nobody else may erase a record."""
        with pgtrigger.ignore(f"{AccessRecord._meta.label}:never_erased"), transaction.atomic():
            count, _ = AccessRecord.objects.filter(at__lt=limit).delete()
        return self.told(count)


class PersonRequests(Kind):
    """Demandes des personnes: those that ended, and those whose address nobody proved."""

    name = "demandes des personnes"
    one, several = "dossier", "dossiers"
    setting = "KEEP_PERSON_REQUESTS_DAYS"
    kept = "conservées"
    since = "terminées, ou jamais confirmées, avant le"

    def find(self, limit: datetime) -> Expired:
        return self.told(forgetting.count_before(limit))

    def erase(self, limit: datetime) -> Expired:
        return self.told(forgetting.erase_before(limit))


class Invitations(Kind):
    """Invitations et demandes de rôle: those that are over, never the roles that were given."""

    name = "invitations et demandes de rôle"
    one, several = "ligne", "lignes"
    setting = "KEEP_INVITATIONS_DAYS"
    kept = "conservées"
    since = "terminées avant le"

    def find(self, limit: datetime) -> Expired:
        return self.told(invitations.count_before(limit))

    def erase(self, limit: datetime) -> Expired:
        return self.told(invitations.erase_before(limit))


KINDS: tuple[Kind, ...] = (History(), Drafts(), Uploads(), Journal(), PersonRequests(), Invitations(), Reviews())


def limit_of(kind: Kind) -> datetime | None:
    """What is older than this moment is to be erased; None when nothing is. Raises `PurgeRefused`."""
    days = getattr(settings, kind.setting)
    if days is None:
        return None
    if not 0 < days <= LONGEST_DAYS:
        raise PurgeRefused(
            f"{kind.variable} vaut {days} : indiquez un nombre de jours entre 1 et {LONGEST_DAYS}, "
            "ou retirez ce réglage pour tout conserver."
        )
    return timezone.now() - timedelta(days=days)


def _written_before(limit: datetime, model: type[Model]) -> QuerySet:
    return model.objects.trusted(REASON).filter(pgh_created_at__lt=limit)


def _erase_events(limit: datetime, model: type[Model]) -> int:
    """Number of events erased, one statement and one transaction per stretch of `BATCH` numbers."""
    rows = _written_before(limit, model)
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return 0
    count = 0
    for start in range(ends["first"], ends["last"] + 1, BATCH):
        # Nobody else may erase an event: the history is append-only for every other road.
        with pgtrigger.ignore(f"{model._meta.label}:append_only"), transaction.atomic():
            count += rows.filter(pk__gte=start, pk__lt=start + BATCH).delete_rows()
    return count


def _erase_contexts(limit: datetime) -> None:
    """One statement: it reads each table of events once, which batches would do each time."""
    contexts = Context.objects.filter(created_at__lt=limit)
    for model in event_models():
        contexts = contexts.exclude(Exists(model.objects.trusted(REASON).filter(pgh_context_id=OuterRef("pk"))))
    contexts.delete()


def _files_before(limit: datetime) -> Iterator[tuple[int, str]]:
    """Each file as an open folder and a name in it: a folder swapped for a link meanwhile leads nowhere else."""
    root = _uploads_root()
    if not root.is_dir():
        return
    for _, _, names, folder in os.fwalk(root, onerror=_refuse_unreadable):
        for name in names:
            if _is_file_before(limit, folder, name):
                yield folder, name


def _is_file_before(limit: datetime, folder: int, name: str) -> bool:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime < limit.timestamp()


def _erase_file(folder: int, name: str) -> bool:
    """Whether the file was erased: someone else may have done it meanwhile."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise PurgeRefused(f"Le fichier déposé « {name} » n'a pas pu être effacé : {error.strerror}.") from error
    return True


def _uploads_root() -> Path:
    """MEDIA_ROOT, refused when it holds more than uploaded files: the project, its database, its keys."""
    root = Path(settings.MEDIA_ROOT).resolve()
    if any(Path(other).resolve().is_relative_to(root) for other in (settings.BASE_DIR, settings.DATA_DIR)):
        raise PurgeRefused(
            f"DJANGO_MEDIA_ROOT vaut « {settings.MEDIA_ROOT} », qui contient autre chose que les fichiers déposés : "
            "indiquez un dossier qui leur est réservé."
        )
    return root


def _refuse_unreadable(error: OSError) -> None:
    raise PurgeRefused(f"Le dossier « {error.filename} » n'a pas pu être lu : {error.strerror}.") from error


__all__ = [
    "KINDS",
    "Drafts",
    "Expired",
    "History",
    "Invitations",
    "Journal",
    "Kind",
    "PersonRequests",
    "PurgeRefused",
    "Reviews",
    "Uploads",
    "limit_of",
]
