"""« Vos données personnelles »: what may be held, asking, following one's request, reading what is held."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from ror.accounts.second_factor import proven
from ror.dates import display_date
from ror.persons import asking, mails, telling
from ror.persons.exporting import FORMATS
from ror.persons.forms import AskForm, KnownAskForm
from ror.persons.holdings import Group, held_of_account, held_on
from ror.persons.links import CONFIRM, FOLLOW, READ, request_of, token_of
from ror.persons.models import Kind, PersonRequest, Status
from ror.persons.readings import readings_concerning
from ror.persons.recognising import Recognised
from structures.colleagues.access import SignedInMixin

CONFIRMED = "Votre adresse est confirmée et votre demande est enregistrée."


class About(View):
    """What the portal may hold on persons, where it comes from, who sees it, how to ask."""

    def get(self, request: HttpRequest) -> HttpResponse:
        known = request.viewer.is_authenticated and bool(asking.national_identifier(request.viewer.user))
        return render(request, "persons/about.html", {"known": known, "kinds": Kind.choices})


class Ask(View):
    """The form. What is answered is the same whoever asks, and whatever the portal holds."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, _ask_form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = _ask_form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        asked = asking.ask(form.asked(), request.viewer.user, asking.identity_proven(request))
        if not asking.mail_is_spared(asked):
            self._tell(request, asked)
        return redirect("persons:sent")

    def _tell(self, request: HttpRequest, asked: PersonRequest) -> None:
        if asked.status == Status.RECEIVED:
            link = _address(request, "confirm", token_of(asked, CONFIRM))
            mails.send("confirm", asked.email, link=link)
        else:
            telling.tell_received(request, asked)

    def _page(self, request: HttpRequest, form: AskForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "problems": form.problems() if form.is_bound else [],
            "above": [{"url": reverse("persons:about"), "label": "Vos données personnelles"}],
        }
        return render(request, "persons/ask.html", context, status=status)


class Sent(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "persons/sent.html", {"dpo_contact": settings.DPO_CONTACT})


class PrivateMixin(View):
    """Pages that a link of a mail opens: kept by no cache and no search engine.

    Their address is told to no other site (SECURE_REFERRER_POLICY); with none at all, no form of theirs would be sent.
    """

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


class Confirm(PrivateMixin):
    """The link of the first mail proves the address, once the person says so (programs open links of mails too)."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        asked = request_of(token, CONFIRM)
        if asked is None:
            return _over(request)
        if asked.status != Status.RECEIVED:
            return redirect("persons:follow", token_of(asked, FOLLOW))
        return render(request, "persons/confirm.html", {"kind": asked.get_kind_display()})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        before = request_of(token, CONFIRM)
        asked = asking.confirm(token)
        if before is None or asked is None:
            return _over(request)
        if before.status == Status.RECEIVED:
            telling.tell_received(request, asked)
            messages.success(request, CONFIRMED)
        return redirect("persons:follow", token_of(asked, FOLLOW))


class Follow(PrivateMixin):
    """How far the answer is. It says nothing of what is held."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        asked = request_of(token, FOLLOW)
        if asked is None:
            return _over(request)
        return render(request, "persons/follow.html", {"asked": telling.followed(asked)})


class Read(PrivateMixin):
    """What is held on the person, through the link opened by the officer once the identity was checked."""

    def get(self, request: HttpRequest, token: str, form: str = "") -> HttpResponse:
        asked = request_of(token, READ)
        if asked is None:
            return _over(request)
        exports = {name: reverse("persons:export", args=[token, name]) for name in FORMATS}
        until = display_date(asked.access_until)
        return _held(request, asked.id_nat_ps, asked.recognised, form, exports=exports, until=until)


class Mine(SignedInMixin, PrivateMixin):
    """The same for a professional whose account is known by its national identifier.

    Level 3 is read here: a password alone is not enough.
    """

    def get(self, request: HttpRequest, form: str = "") -> HttpResponse:
        identifier = asking.national_identifier(request.viewer.user)
        if not identifier:
            return render(request, "persons/not_known.html", status=404)
        if not proven(request):
            return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.path})}")
        exports = {name: reverse("persons:export_mine", args=[name]) for name in FORMATS}
        contacts, account = _contacts_recognised(request, identifier), held_of_account(request.viewer.user)
        return _held(request, identifier, contacts, form, account=account, exports=exports)


def _ask_form(request: HttpRequest, typed: QueryDict | None = None) -> AskForm:
    initial = {"kind": request.GET.get("demande", "")}
    if request.viewer.is_authenticated:
        user = request.viewer.user
        initial |= {"last_name": user.last_name, "first_name": user.first_name, "email": user.own_address}
    form = KnownAskForm if asking.identity_proven(request) else AskForm
    return form(typed, initial=initial)


def _held(
    request: HttpRequest, id_nat_ps: str, contacts: Recognised, form: str, account: Group | None = None, **context
) -> HttpResponse:
    groups = held_on(request.viewer, id_nat_ps, contacts) + ([account] if account else [])
    readings = readings_concerning(id_nat_ps, contacts)
    if not form:
        return render(request, "persons/held.html", {"groups": groups, "readings": readings, **context})
    if form not in FORMATS:
        raise Http404
    write, kind = FORMATS[form]
    response = HttpResponse(write(groups, readings), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="mes-donnees-ror.{form}"'
    return response


def _contacts_recognised(request: HttpRequest, identifier: str) -> Recognised:
    """The contacts of the last request of this account that the officer matched to its identifier, and did not refuse.

    A newer request that nobody matched yet changes nothing, and one made in someone else's name gives nothing.
    """
    rows = PersonRequest.objects.trusted("one's own requests").filter(account=request.viewer.user, id_nat_ps=identifier)
    matched = rows.filter(matched_at__isnull=False).exclude(status=Status.REFUSED).order_by("-matched_at").first()
    return matched.recognised if matched else {}


def _address(request: HttpRequest, name: str, token: str) -> str:
    return request.build_absolute_uri(reverse(f"persons:{name}", args=[token]))


def _over(request: HttpRequest) -> HttpResponse:
    """The link opens nothing (or nothing more), whatever the reason."""
    return render(request, "persons/over.html", status=404)
