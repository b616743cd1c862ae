"""Published versions of offers, to read: they never change. Each says what it changed, and why."""

import json

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from confidentiality.admin.exposure import EMPTY, discloses
from confidentiality.admin.model_admin import RorModelAdmin
from structures.describing.wording import changes_in_words
from structures.document import upgraded
from structures.models import OfferVersion

REASON = "admin: the version before the one shown, of the same offer and of the same level"
FIRST = "Première publication de l'offre."
SAME = "Rien de la description."


@admin.register(OfferVersion)
class OfferVersionAdmin(RorModelAdmin):
    reaches = ("geographic_entity",)
    list_display = ("offer", "number", "published_at", "author_name", "channel", "reason")
    search_fields = ("offer__identifier__startswith", "geographic_entity__finess__startswith")
    search_help_text = "Identifiant de l'offre, ou numéro FINESS de l'établissement."
    ordering = ("-pk",)
    fields = ("offer", "number", "published_at", "author_name", "channel", "reason", "changes", "format", "content")

    def legal_kind_of(self, obj: OfferVersion) -> str:
        return obj.geographic_entity.legal_kind

    @discloses("document", description="ce que cette version change")
    def changes(self, version: OfferVersion) -> SafeString | str:
        earlier = OfferVersion.objects.trusted(REASON).filter(offer=version.offer_id, number__lt=version.number)
        before = earlier.order_by("-number").first()
        if before is None:
            return FIRST if version.number == 1 else EMPTY
        said = changes_in_words(
            upgraded(before.document, before.format), upgraded(version.document, version.format), organizations={}
        )
        lines = ((line["label"], line["before"] or EMPTY, line["after"] or EMPTY) for line in said)
        return format_html_join("", "{} : « {} » devient « {} »<br>", lines) or SAME

    @discloses("document", description="document")
    def content(self, version: OfferVersion) -> SafeString:
        text = json.dumps(version.document, ensure_ascii=False, indent=2, sort_keys=True)
        return format_html("<details><summary>Voir tout le document</summary><pre>{}</pre></details>", text)
