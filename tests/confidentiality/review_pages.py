"""The doors of those who submit to a review and of those who review, for the leak matrix."""

import datetime

from django.utils import timezone

from ror.history import writing
from structures.describing.models import Draft, RegionSettings, Submission
from structures.models import GeographicEntity
from tests.confidentiality.markers import Markers
from tests.confidentiality.planted_documents import Describing
from tests.confidentiality.planting import Planted
from tests.factories import UserFactory

REVIEWS, REVIEWS_3, SECRET_REVIEWS, REVIEWERS = (
    *("relectures", "relectures, niveau 3", "relectures d'unités sensibles", "auteurs des relectures"),
)


class Reviewed(Describing):
    """What is submitted: a reviewer reads all of it but level 3."""

    def of(self, category: str, level: int) -> str | None:
        return REVIEWS_3 if level == 3 else REVIEWS


def plant(planted: Planted) -> None:
    """A round returned and the one that followed, a round of a unit about to be sensitive, and rules that ask nothing.

    Where nothing is asked, what the describing pages publish goes on being tried.
    """
    markers = planted.markers
    with writing("tests", "admin"):
        charter = markers.text("région/RegionSettings.charter", "RegionSettings.charter")
        RegionSettings.objects.create(region_id=planted.entity.region_id, charter=charter)
    author = UserFactory(first_name=_name(markers, "submitted_by"))
    said = {
        "document": Reviewed(markers, "relecture", REVIEWS, copied_in=("Submission.document",)).document(),
        "base": {"name": markers.text("relecture/base", "Submission.base", reading=REVIEWS)},
    }
    returned = {
        "state": "returned",
        "decided_at": timezone.now(),
        "decided_by": UserFactory(first_name=_name(markers, "decided_by")),
        "comment": markers.text("relecture/Submission.comment", "Submission.comment", reading=REVIEWS),
        "remarks": [
            {
                "path": "name",
                "text": markers.text("relecture/Submission.remarks", "Submission.remarks", reading=REVIEWS),
            }
        ],
    }
    _round(planted.entity, author, draft=planted.new_draft, **said, **returned)
    _round(planted.entity, author, draft=planted.new_draft, round=2, **said)
    hidden = markers.text("relecture secrète/Offer.name", "Submission.document", reading=SECRET_REVIEWS)
    secret = {"name": hidden, "sensitive": True}
    _round(planted.entity, author, draft=planted.unfinished_draft, document=secret)


def page_arguments() -> dict[str, list[tuple]]:
    """For each named page of reviews, the arguments and queries to try."""
    rounds = list(Submission.objects.order_by("submitted_at"))
    drafts = {each.draft_key for each in rounds}
    return {
        "describing:to_review": [({},), ({}, {"page": "2"})],
        "describing:round": [({"pk": each.pk},) for each in rounds],
        "describing:submit": [({"pk": key},) for key in drafts],
        "describing:withdraw": [({"pk": key},) for key in drafts],
    }


def posts() -> list[tuple[str, dict, dict]]:
    """Forms sent: name of the page, its arguments, what is typed."""
    rounds = list(Submission.objects.order_by("submitted_at"))
    decisions = ({"publish": "1"}, {"return": "1"}, {"return": "1", "comment": "essai", "remark:name": "essai"})
    return [
        *(("describing:round", {"pk": each.pk}, said) for each in rounds for said in decisions),
        *(("describing:submit", {"pk": each.draft_key}, {}) for each in rounds),
        *(("describing:withdraw", {"pk": each.draft_key}, {}) for each in rounds),
    ]


def _name(markers: Markers, field: str) -> str:
    return markers.text(f"compte/Submission.{field}", f"Submission.{field}", reading=REVIEWERS)


def _round(entity: GeographicEntity, author, *, draft: Draft, **said) -> Submission:
    now = timezone.now()
    known = {"prepared_by": author, "saved_by": author, "submitted_by": author, "revision": draft.revision}
    dates = {"draft_started_at": now, "submitted_at": now, "due_at": now + datetime.timedelta(days=10)}
    return Submission.objects.create(geographic_entity=entity, draft_key=draft.pk, **known | dates | said)
