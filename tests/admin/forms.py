"""A page of the administration as a browser would send it back: what it shows, and what someone types over it."""

from html.parser import HTMLParser

from django.db.models import Model

from confidentiality.admin.correcting import REASON
from tests.admin.conftest import page

WHY = "Appel de l'établissement, ligne fictive"


class FormReader(HTMLParser):
    """The fields of the form of a page, with their values; hidden models of new rows (`__prefix__`) are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: dict[str, str | list[str]] = {}
        self.select: tuple[str, bool] | None = None
        self.textarea = ""
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self.inside = said.get("id") not in ("logout-form", "changelist-search")
        name = said.get("name") or ""
        if not self.inside or "__prefix__" in name:
            return
        if tag == "select":
            self.select = (name, "multiple" in said)
        elif tag == "option" and self.select and "selected" in said:
            self._choose(said.get("value") or "")
        elif tag == "textarea":
            self.textarea, self.typed[name] = name, ""
        elif tag == "input" and name:
            self._fill(name, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = ""
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.typed[self.textarea] += data.removeprefix("\r\n").removeprefix("\n")

    def _fill(self, name: str, said: dict[str, str | None]) -> None:
        kind = said.get("type")
        if kind in ("submit", "search") or (kind in ("checkbox", "radio") and "checked" not in said):
            return
        self.typed[name] = said.get("value") or ("on" if kind == "checkbox" else "")

    def _choose(self, value: str) -> None:
        name, several = self.select
        self.typed[name] = [*self.typed.get(name, []), value] if several else value


def typed_on(html: str) -> dict[str, str | list[str]]:
    """What a browser would send, had nothing been typed."""
    reader = FormReader()
    reader.feed(html)
    return reader.typed


def correct(client, row: Model, *, reason: str = WHY, **changes: str):
    """Open the page of `row`, type `changes` over it, and send it; the answer."""
    address = page(type(row), "change", row.pk)
    typed = typed_on(client.get(address).content.decode())
    return client.post(address, {**typed, REASON: reason, **changes})


def errors_on(response) -> list[str]:
    """Every sentence that a page sent back says of what stands in the way."""
    said = list(response.context["adminform"].form.non_field_errors())
    for found in response.context["errors"]:
        said += [message for message in found if message not in said]
    return said
