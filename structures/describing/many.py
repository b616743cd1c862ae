"""One change made to many offers: what may be changed so, what it makes of a document, and its publication.

Each offer is published by itself, through the same gate and with the same review as any other change: one that is
refused is left whole, and says why. Drafts in progress are not touched; they merge when they are published.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ror.accounts.models import User
from structures import records
from structures.describing import drafts
from structures.describing.models import Submission
from structures.describing.reviewing.proposing import DraftInTheWay, propose
from structures.describing.steps import Step
from structures.document import Document, new_id
from structures.fields import EMPTY, text
from structures.findings import NotPublishable, blocking
from structures.merging import same_row
from structures.models import Offer
from structures.publishing import Conflicting
from structures.schema import OFFER, Rows

CHANNEL = "form"
PHONE_SEPARATORS = re.compile(r"[\s.\-/()]")
MOST = 50  # offers of one change: each is checked and written whole


@dataclass(frozen=True)
class Kind:
    """One thing that may be changed in many offers: the questions asked, and what the answers make of a document."""

    slug: str
    title: str
    step: Step
    make: Callable[[Document, Document], None]
    hint: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one offer; `problems` say why it was left as it was."""

    offer: Offer
    problems: tuple[str, ...] = ()
    version: int | None = None
    submission: Submission | None = None


@dataclass(frozen=True)
class Change:
    """A kind of change with its answers."""

    kind: Kind
    said: Document

    @property
    def says_nothing(self) -> bool:
        """Whether no answer was given at all; the two ends of a replacement are both needed."""
        if self.kind.step.root is REPLACEMENT:
            return not all(self.said.get(name) for name in REPLACEMENT.fields)
        fields = (self.said.get(name) for name in self.kind.step.fields)
        return all(value in EMPTY for value in fields) and not any(self.said.get(name) for name in self.kind.step.rows)

    def of(self, document: Document) -> Document:
        """The document once changed, rows added under ids of its own. The answers are in their canonical form."""
        changed = copy.deepcopy(document)
        self.kind.make(changed, copy.deepcopy(self.said))
        return changed


def apply(change: Change, shown: Mapping[int, int], offers: list[Offer], author: User) -> list[Outcome]:
    """Publish the change in each of these offers that still has the version shown, by key of offer."""
    return [_publish(change, offer, shown.get(offer.pk), author) for offer in offers]


def _publish(change: Change, offer: Offer, shown: int | None, author: User) -> Outcome:
    if offer.version != shown:
        return Outcome(offer, (CHANGED_SINCE,))
    base = records.read_document(offer)
    document = change.of(base)
    if same_row(base, document):
        return Outcome(offer)
    try:
        done = propose(document, entity=offer.geographic_entity, author=author, channel=CHANNEL, offer=offer, base=base)
    except NotPublishable as refusal:
        return Outcome(offer, tuple(dict.fromkeys(finding.message for finding in blocking(refusal.findings))))
    except Conflicting:
        return Outcome(offer, (CHANGED_SINCE,))
    except DraftInTheWay:
        return Outcome(offer, (DRAFT_IN_THE_WAY,))
    if isinstance(done, Submission):
        return Outcome(offer, submission=done)
    return Outcome(offer, version=done.version)


def _replace_fields(document: Document, said: Document) -> None:
    """What was answered, and nothing of what was not."""
    document |= {name: value for name, value in said.items() if value not in EMPTY}


def _replace_hours(document: Document, said: Document) -> None:
    document["always_open"] = said.get("always_open")
    document["hours"] = _own(said, "hours")


def _add_contacts(document: Document, said: Document) -> None:
    document["contacts"] = [*(document.get("contacts") or []), *_own(said, "contacts")]


def _replace_contacts(document: Document, said: Document) -> None:
    """The contacts of the same nature or function give way; the others stay."""
    asked = {_role(row) for row in said.get("contacts") or []}
    kept = [row for row in document.get("contacts") or [] if _role(row) not in asked]
    document["contacts"] = [*kept, *_own(said, "contacts")]


def _replace_addresses(document: Document, said: Document) -> None:
    """In every contact, one number, electronic address or site by another; its channel and level stay.

    Places are left alone: several offers may share one, with its figures of beds.
    """
    for contact in document.get("contacts") or []:
        for way in contact.get("telecoms") or []:
            if _comparable(way.get("address")) == _comparable(said["old"]):
                way["address"] = said["new"]


def _comparable(address: object) -> str:
    """Numbers are compared by their digits, whatever separates them and with +33 as with 0."""
    said = str(address or "").strip().casefold()
    digits = PHONE_SEPARATORS.sub("", said)
    if digits.startswith("+33"):
        digits = f"0{digits[3:]}"
    return digits if digits.isdigit() else said


def _role(row: Document) -> tuple[str | None, str | None]:
    return row.get("nature") or None, row.get("function") or None


def _own(said: Document, name: str) -> list[Document]:
    return [drafts.with_new_ids(_rows(name), row) | {"id": new_id()} for row in said.get(name) or []]


def _rows(name: str) -> Rows:
    return OFFER.rows[name]


REPLACEMENT = Rows(
    "remplacement",
    {
        "old": text("Numéro, adresse électronique ou site à remplacer", 255),
        "new": text("Par", 255, help_text="Le moyen de contact et son niveau ne changent pas."),
    },
)
CHANGED_SINCE = "Cette offre a changé depuis l'aperçu : refaites le changement pour elle."
DRAFT_IN_THE_WAY = (
    "Votre région relit les changements, et un brouillon de cette offre est en cours : faites-y le changement, "
    "ou supprimez-le d'abord."
)
KINDS = (
    Kind(
        "horaires",
        "Remplacer les horaires",
        Step("horaires", "Nouveaux horaires", ("always_open",), ("hours",)),
        _replace_hours,
        "Tous les horaires actuels des offres choisies sont remplacés.",
    ),
    Kind(
        "contact",
        "Ajouter un contact",
        Step("contact", "Contact à ajouter", rows=("contacts",)),
        _add_contacts,
        "Les contacts actuels restent.",
    ),
    Kind(
        "remplacer-contact",
        "Remplacer un contact",
        Step("remplacer-contact", "Nouveau contact", rows=("contacts",)),
        _replace_contacts,
        "Le contact de même nature (ou de même fonction) est remplacé ; les autres restent.",
    ),
    Kind(
        "numero",
        "Remplacer un numéro ou une adresse électronique",
        Step("numero", "Remplacement", ("old", "new"), root=REPLACEMENT),
        _replace_addresses,
        "Dans tous les contacts des offres choisies.",
    ),
    Kind(
        "ages",
        "Changer les âges et les publics",
        Step("ages", "Âges et publics", ("publics", "age_min", "age_min_unit", "age_max", "age_max_unit")),
        _replace_fields,
        "Ce que vous laissez vide ne change pas.",
    ),
    Kind(
        "ouverture",
        "Changer l'ouverture dans l'année et les modalités d'accueil",
        Step("ouverture", "Ouverture et accueil", ("annual_opening", "reception_modalities")),
        _replace_fields,
        "Ce que vous laissez vide ne change pas.",
    ),
    Kind(
        "commentaire",
        "Remplacer le commentaire",
        Step("commentaire", "Commentaire", ("comment",)),
        _replace_fields,
        "Le même commentaire pour toutes les offres choisies.",
    ),
)


def kind_named(slug: str | None) -> Kind | None:
    return next((kind for kind in KINDS if kind.slug == slug), None)
