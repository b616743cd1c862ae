"""Published versions of offers, to read: they never change."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from confidentiality.admin.exposure import discloses
from confidentiality.admin.model_admin import RorModelAdmin
from structures.models import OfferVersion


@admin.register(OfferVersion)
class OfferVersionAdmin(RorModelAdmin):
    reaches = ("geographic_entity",)
    list_display = ("offer", "number", "published_at", "author_name", "channel", "reason")
    search_fields = ("offer__identifier__startswith", "geographic_entity__finess__startswith")
    search_help_text = "Identifiant de l'offre, ou numéro FINESS de l'établissement."
    ordering = ("-pk",)
    fields = ("offer", "number", "published_at", "author_name", "channel", "reason", "format", "content")

    def legal_kind_of(self, obj: OfferVersion) -> str:
        return obj.geographic_entity.legal_kind

    @discloses("document", description="document")
    def content(self, version: OfferVersion) -> SafeString:
        text = json.dumps(version.document, ensure_ascii=False, indent=2, sort_keys=True)
        return format_html("<pre>{}</pre>", text)
