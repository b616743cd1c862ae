"""The past of a published offer: its versions, what each changed, and one of them as a new draft."""

from django.db import IntegrityError, transaction

from confidentiality.disclosure import Disclosed, disclose
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from structures import records
from structures.describing.drafts import INVARIABLE, REASON
from structures.describing.models import Draft
from structures.document import Document, upgraded
from structures.models import Offer, OfferVersion
from structures.reading import draft_subject

CHANNELS = {
    "form": "formulaire",
    "admin": "administration",
    "import": "tableur",
    "register": "registre national",
    "software": "logiciel de la structure",
    "command": "commande",
    "restore": "restauration",
    "demonstration": "démonstration",
}


class DraftInProgress(Exception):
    """There is a draft beside the offer already: restoring would throw away what someone typed."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("a draft is in progress")
        self.draft = draft


def document_of(viewer: Viewer, version: OfferVersion, offer: Offer) -> Disclosed:
    """What a version said, in today's format, as `viewer` may read it on that offer. `offer` has its `rights`."""
    document = upgraded(version.document, version.format)
    return disclose(viewer, draft_subject(document, offer.geographic_entity, offer.rights, offer.identifier))


def restore(offer: Offer, version: OfferVersion, author: User) -> Draft:
    """A draft beside the offer that says what `version` said, to be checked and published as any other.

    The field and the mode of an offer never change (RG_EXP_010, 011). Raises `DraftInProgress`.
    """
    published = records.read_document(offer)
    document: Document = upgraded(version.document, version.format)
    document = {**document, **{name: published.get(name) for name in INVARIABLE}}
    try:
        with transaction.atomic():
            return Draft.objects.trusted(REASON).create(
                offer=offer,
                geographic_entity_id=offer.geographic_entity_id,
                document=document,
                base=published,
                created_by=author,
                updated_by=author,
            )
    except IntegrityError as error:
        draft = Draft.objects.trusted(REASON).filter(offer=offer).first()
        if draft is None:
            raise
        raise DraftInProgress(draft) from error
