"""What the page of a step hands to its script, and what it says without one."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from structures.describing.models import Draft
from structures.describing.saving import presence
from structures.describing.steps import Step


def saving_of(request: HttpRequest, draft: Draft, step: Step, *, found_again: bool, disputed: bool) -> dict[str, Any]:
    """How this page saves itself, and who else is there.

    `found_again`: it shows what was typed and could not be received. `disputed`: it shows what a colleague saved
    otherwise, and waits for a choice. `volatile`: nothing typed is kept on the device, even while the tab is open,
    because the draft is of a sensitive unit (level 3); the script adds the contacts of level 3.
    """
    arguments = [draft.pk, step.slug]
    sensitive = any((document or {}).get("sensitive") is True for document in (draft.document, draft.base))
    return {
        "autosave": reverse("describing:autosave", args=arguments),
        "presence": reverse("describing:presence", args=arguments),
        "beat": presence.BEAT_SECONDS,
        "account": request.user.pk,
        "present": presence.arrive(draft, request.user, step),
        "found_again": found_again,
        "disputed": disputed,
        "volatile": sensitive,
    }
