"""The doors of those who manage accounts, and those of one's own account, for the leak matrix."""

from confidentiality.models import Assignment
from structures.colleagues.inviting import Offered, invite
from structures.colleagues.links import token_of
from structures.colleagues.models import AccessRequest, Invitation
from structures.colleagues.requesting import ask
from tests.confidentiality.planting import Planted
from tests.factories import UserFactory

INVITED = "invitee@example.org"
OWN_ACCOUNT = (
    *("account_reset_password", "account_reset_password_done", "account_reset_password_from_key_done"),
    *("my_account", "account_change_password", "without_code", "psc_login", "mfa_authenticate", "mfa_reauthenticate"),
    *("psc_callback", "psc_link", "prove_address"),
    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
)


def page_arguments(planted: Planted) -> dict[str, list[tuple]]:
    """For each named page of accounts, the arguments and queries to try."""
    invitation = planted_invitation(planted)
    held = Assignment.objects.filter(perimeter=planted.entity.perimeter).order_by("pk")[:2]
    return {
        "colleagues:list": [({},), ({}, {"q": "example"})],
        "colleagues:invite": [({},)],
        "colleagues:invitation_action": [({"pk": invitation.pk},)],
        "colleagues:withdraw": [({"pk": line.pk},) for line in held],
        "colleagues:remove": [({"pk": line.user_id},) for line in held],
        "colleagues:mine": [({},)],
        "colleagues:mandates": [({},)],
        "colleagues:review": [({},)],
        "colleagues:renew": [({"pk": line.pk},) for line in held],
        "colleagues:ask": [({"identifier": planted.entity.id_nat_struct},)],
        "colleagues:answer": [({"pk": planted_request(planted).pk},)],
        "colleagues:invitation": [({"token": token_of(invitation)},), ({"token": "faux"},)],
        "account_reset_password_from_key": [({"uidb36": "1", "key": "faux"},)],
        "second_factor": [({},), ({}, {"next": f"/offres/{planted.sensitive.slug}/"})],
        "address_proven": [({"token": "faux"},)],
        **{name: [({},)] for name in OWN_ACCOUNT},
    }


def posts(planted: Planted) -> list[tuple[str, dict, dict]]:
    """Forms sent: name of the page, its arguments, what is typed."""
    invitation = planted_invitation(planted)
    place = str(planted.entity.perimeter_id)
    invited = {"email": INVITED, "reason": "essai", "role_0": "describer", "place_0": place}
    return [
        ("colleagues:invite", {}, {"rows": "1", "email": INVITED}),
        ("colleagues:invite", {}, {"rows": "1", **invited}),
        ("colleagues:invite", {}, {"rows": "1", "search": "1", "words": "zq"}),
        ("colleagues:invitation_action", {"pk": invitation.pk}, {"send": ""}),
        ("colleagues:invitation", {"token": token_of(invitation)}, {"first_name": "Essai"}),
        ("colleagues:ask", {"identifier": planted.entity.id_nat_struct}, {"role": "describer"}),
        ("colleagues:answer", {"pk": planted_request(planted).pk}, {"refuse": "1"}),
        ("account_reset_password", {}, {"email": planted.colleague.email}),
    ]


def planted_request(planted: Planted) -> AccessRequest:
    """A request for the planted establishment, made once."""
    role = Assignment.objects.filter(role="describer").first().role
    known = AccessRequest.objects.first()
    return known or ask(UserFactory(), role, planted.entity.perimeter, "essai")


def planted_invitation(planted: Planted) -> Invitation:
    """An invitation to the planted establishment, made once."""
    known = Invitation.objects.filter(email=INVITED).first()
    if known is not None:
        return known
    describer = Assignment.objects.filter(role="describer").first().role
    return invite(UserFactory(), INVITED, Offered(((describer, planted.entity.perimeter),), "essai"))
