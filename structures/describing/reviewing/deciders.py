"""Who decides of a round: those who review there, but never what they prepared themselves."""

from django.db.models import Q

from confidentiality.models import Assignment, PerimeterUserPermission
from confidentiality.viewer import DEPARTMENT, REGION, Viewer
from ror.accounts.models import User
from structures.describing.reviewing.models import DECIDE, PREPARE, Submission
from structures.models import InternalOrganization

REASON = "review: who may describe there never reviews what was described"


def to_review(viewer: Viewer):
    """The rounds of the establishments where the viewer reviews, decided ones included; nothing of sensitive units."""
    rows = Submission.objects.visible_to(viewer).permitted(viewer, DECIDE)
    return rows.select_related("geographic_entity__legal_entity", "offer", "submitted_by", "decided_by")


def prepared(user: User, submission: Submission) -> bool:
    """Whether the person had a hand in it: wrote, submitted, or could write there while it was written.

    A mandate ended before the submission counts too: the draft does not say who typed which word.
    """
    if user.pk in _hands(submission):
        return True
    entity = submission.geographic_entity
    above = [entity.perimeter_id, *([entity.legal_entity.perimeter_id] if entity.legal_entity else [])]
    below = InternalOrganization.objects.trusted(REASON).filter(geographic_entity=entity).values("perimeter")
    held = Assignment.objects.filter(user=user, role__permissions__codename=PREPARE)
    held = held.filter(Q(perimeter__in=above) | Q(perimeter__in=below), starts_at__lt=submission.submitted_at)
    return held.exclude(ends_at__lte=submission.draft_started_at).exists()


def addresses_of_reviewers(submission: Submission) -> list[str]:
    """Whom to tell that it waits. Nobody for a sensitive unit, which is not reviewed."""
    entity = submission.geographic_entity
    territory = Q(content_object__kind=REGION, content_object__code=entity.region_id) | Q(
        content_object__kind=DEPARTMENT, content_object__code=entity.department_id
    )
    held = PerimeterUserPermission.objects.filter(territory, permission__codename=DECIDE)
    people = User.objects.filter(pk__in=held.values("user_id"), is_active=True).exclude(pk__in=_hands(submission))
    return sorted(people.values_list("email", flat=True))


def _hands(submission: Submission) -> set[int]:
    return {submission.prepared_by_id, submission.saved_by_id, submission.submitted_by_id}
