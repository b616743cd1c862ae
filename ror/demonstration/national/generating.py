"""The whole run: what must be there is counted, invented, described, and the planner gets its statistics."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models

from confidentiality.governed import GovernedModel
from ror.accounts.models import User
from ror.demonstration.national import REASON, identity
from ror.demonstration.national.describing import Describer
from ror.demonstration.national.feed import Feed, Outlet
from ror.demonstration.national.inventing import Invention
from ror.demonstration.national.planning import plan
from ror.demonstration.national.profiles import profiles
from ror.demonstration.national.volumes import Volumes
from structures.models import GeographicEntity, OfferVersion

INVENTED_AT_ONCE, DESCRIBED_AT_ONCE = 5_000, 1_500
APPS = ("structures", "professionals", "quality")
MADE_BY_PEOPLE = ("form", "admin", "import", "restore")
DEMONSTRATION_ACCOUNTS = "@demo.example.org"


@dataclass(frozen=True)
class Generated:
    """Rows added by model, rows held by model, and how long it took."""

    added: Counter[type[models.Model]]
    held: dict[type[models.Model], int]
    seconds: float


def generate(scale: float, seed: int) -> Generated:
    """Bring the base to the volumes of that scale: what is missing is added, what is there stays as it is."""
    started = time.perf_counter()
    volumes, feed = Volumes.at(scale), Feed()
    invention = Invention(seed, feed)
    with Outlet() as outlet:
        for number in batches(missing_establishments(volumes), INVENTED_AT_ONCE):
            invention.add(number)
            outlet.put(feed.take())
    planned = plan(volumes)
    describer = Describer(feed, planned, seed)
    with Outlet() as outlet:
        for first in range(0, len(planned.establishments), DESCRIBED_AT_ONCE):
            describer.describe(planned.establishments[first : first + DESCRIBED_AT_ONCE])
            outlet.put(feed.take())
    analyze(feed.written)
    return Generated(feed.written, held(), time.perf_counter() - started)


def missing_establishments(volumes: Volumes) -> int:
    """How many to invent: up to the volume, and at least one of each profile, so that each datum is said somewhere."""
    known = GeographicEntity.objects.trusted(REASON)
    invented = known.filter(siret__gte=identity.FIRST_SIREN, siret__lt=identity.AFTER_LAST_SIREN).count()
    return max(volumes.establishments - known.count(), min(len(profiles()), volumes.establishments) - invented, 0)


def made_by_people() -> bool:
    """Whether the base holds accounts, or descriptions, that someone other than the demonstration made."""
    accounts = User.objects.exclude(email__endswith=DEMONSTRATION_ACCOUNTS)
    return accounts.exists() or OfferVersion.objects.trusted(REASON).filter(channel__in=MADE_BY_PEOPLE).exists()


def batches(total: int, size: int) -> Iterator[int]:
    """`total` in parts of `size`, the last one being what is left."""
    while total > 0:
        yield min(total, size)
        total -= size


def held() -> dict[type[models.Model], int]:
    """How many rows each class of the exposition model has, by the number of rows, then by name."""
    counted = {model: model._default_manager.trusted(REASON).count() for model in classes()}
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0]._meta.verbose_name_plural))))


def classes() -> list[type[models.Model]]:
    """The models of the exposition model, without their histories."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in APPS
        and issubclass(model, GovernedModel)
        and not hasattr(model, "pgh_tracked_model")
    ]


def analyze(written: Counter[type[models.Model]]) -> None:
    with connection.cursor() as cursor:
        for model in written:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
