"""The leak matrix: every reader tries every door, and each answer is searched for every marker at once."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote

from django.core import mail
from django.db import transaction
from django.http import HttpResponse

from confidentiality import policy
from tests.confidentiality.channels import Request
from tests.confidentiality.expected import READING, expected_lines
from tests.confidentiality.markers import DRAWN, Marker, Markers
from tests.confidentiality.planting import Planted
from tests.confidentiality.readers import Reader
from tests.confidentiality.reasons import REASONS

# What a page draws at random or from the clock: tokens of forms and links, the key of an application of codes.
SECRETS = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|src="data:image/svg[^"]*"|id="cle">[^<]*<'
    r'|eyJ[\w-]+:[\w-]+:[\w-]+|"extrait_le": "[^"]*"'
)
REVERSE = "lien vers"  # how the policy calls the other end of a link


@dataclass
class Report:
    """What the matrix found."""

    cells: int = 0
    requests: int = 0
    readers: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seen: dict[tuple[str, str], set[Marker]] = field(default_factory=lambda: defaultdict(set))

    @property
    def figures(self) -> dict[str, int | list[str]]:
        """What the line that ends the report counts, with that of the other parts."""
        return {
            "cellules": self.cells,
            "requêtes": self.requests,
            "rôles": sorted(self.readers),
            "canaux": sorted(self.channels),
            "fuites": len(self.leaks),
            "dus_manquants": len(self.missing),
        }


def run(planted: Planted, readers: list[Reader], requests: list[Request], others: Collection[str] = ()) -> Report:
    """Try everything; what a reader does not try, another with the same rights there does. Nothing written is kept.

    `others` names the readers of the other parts of the matrix.
    """
    report = Report(readers={reader.name for reader in readers}, channels={request.channel for request in requests})
    for reader in readers:
        client, strict = reader.client(), reader.client(enforce_csrf_checks=True)
        hidden = {marker for marker in planted.markers if not reader.reads(marker)}
        for request in filter(reader.tries, requests):
            answer = send(strict if "csrf" in request.headers else client, request)
            found = shown(planted.markers, request, answer)
            report.requests += 1
            report.cells += len(planted.markers)
            report.seen[reader.name, request.channel] |= found
            report.leaks += [f"{reader.name}, {request.method} {request.path} : {m.name}" for m in found & hidden]
            report.leaks += [f"courriel, {request.method} {request.path} : {m.name}" for m in mailed(planted.markers)]
            if answer.status_code >= 500:
                report.failures.append(f"{reader.name}, {request.method} {request.path} : {answer.status_code}")
    report.missing = list(missing(report, planted.markers, others))
    return report


def send(client, request: Request) -> HttpResponse:
    """The answer, redirections followed within the site; what was written is undone."""
    headers = {name: value for name, value in request.headers.items() if name != "csrf"}
    if request.method == "GET":
        return client.get(request.path, headers=headers)
    with transaction.atomic():
        answer = client.post(request.path, request.data, headers=headers, follow=True)
        transaction.set_rollback(True)
    return answer


def mailed(markers: Markers) -> set[Marker]:
    """The markers above level 1 of the e-mails sent since the last request, whoever they are for."""
    found = set()
    for message in mail.outbox:
        found |= markers.found_in(f"{message.subject}\n{message.body}")
    mail.outbox.clear()
    return {marker for marker in found if marker.reading is not None}


def shown(markers: Markers, request: Request, answer: HttpResponse) -> set[Marker]:
    """The markers of the whole answer, body and headers, except those that the request itself said."""
    headers = [unquote(f"{name}: {value}") for name, value in answer.headers.items() if name != "Content-Length"]
    cookies = [cookie.OutputString() for cookie in answer.cookies.values()]
    visited = [address for address, _ in getattr(answer, "redirect_chain", [])]
    body = b"".join(answer) if answer.streaming else answer.content
    text = "\n".join([body.decode(errors="replace"), *headers, *cookies, *visited])
    return markers.found_in(text, reference=request.reference) - markers.found_in(unquote(request.said))


def numbered(text: str) -> str:
    """Keys of rows drawn by lot for one answer (the preview of an entry model), each replaced by its rank in it."""
    seen: dict[str, str] = {}
    return DRAWN.sub(lambda found: seen.setdefault(found[0], f"clef-{len(seen)}"), text)


def comparable(answer: HttpResponse, *asked: str) -> tuple[int, str, str]:
    """An answer without what differs by itself: tokens of forms, and what was asked."""
    text = numbered(SECRETS.sub("", answer.content.decode(errors="replace")))
    place = SECRETS.sub("", answer.headers.get("Location", ""))
    for words in (words for words in asked if len(words) > 3):
        for way in (words, quote(words), quote_plus(words)):
            text, place = text.replace(way, "?"), place.replace(way, "?")
    return answer.status_code, place, text


def missing(report: Report, markers: Markers, others: Collection[str] = ()) -> Iterable[str]:
    """The lines of the hand-written table that the matrix contradicts: due and not shown, or shown and not due."""
    named = defaultdict(set)
    for marker in markers:
        named[marker.name].add(marker)
    for line in expected_lines():
        if line["channel"] == READING or line["who"] in others:
            continue
        said = f"{line['who']}, {line['channel']} : {line['datum']}"
        known = line["who"] in report.readers and line["channel"] in report.channels
        if not known or not named[line["datum"]]:
            yield f"{said} (ligne sans objet)"
            continue
        seen = report.seen[line["who"], line["channel"]]
        if line["seen"] == "oui" and not named[line["datum"]] <= seen:
            yield said
        if line["seen"] == "non" and named[line["datum"]] & seen:
            yield f"{said} (montré à tort)"


def without_marker(markers: Markers) -> list[str]:
    """The data of the policy that hold no marker, and for which no reason is written."""
    planted = {datum for marker in markers for datum in marker.data}
    return [
        line.name
        for key, line in policy.policy().items()
        if key not in planted and not {line.field, line.name} & REASONS.keys() and not line.label.startswith(REVERSE)
    ]


def useless_reasons() -> list[str]:
    """Reasons written for data that the policy does not know."""
    known = {line.field for line in policy.policy().values()} | {line.name for line in policy.policy().values()}
    return sorted(REASONS.keys() - known)
