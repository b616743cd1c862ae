"""Which attributes nobody could type in the administration, though no register nor rule gives them."""

from collections.abc import Iterable, Iterator

from django.contrib.admin import AdminSite
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import flatten_fieldsets

from confidentiality.admin.model_admin import RorInline
from ror.quality.coverage.lines import Line, field_of


def lines_without_form(lines: Iterable[Line], site: AdminSite) -> list[Line]:
    """The lines that somebody types, none of whose columns is in a form of the administration."""
    editable = set(editable_columns(site))
    return [line for line in lines if line.typed and not any(_in_a_form(column, editable) for column in line.columns)]


def editable_columns(site: AdminSite) -> Iterator[str]:
    """`Model.field` of each field that a screen, its inlines or a page of its own let someone type."""
    for screen in site._registry.values():
        yield from (f"{screen.opts.object_name}.{name}" for name in getattr(screen, "edited_elsewhere", ()))
        if _writes(screen):
            yield from _editable(screen)
        for inline in (kind(screen.model, site) for kind in screen.inlines):
            if _writes(inline) or (_writes(screen) and _follows_its_screen(inline)):
                yield from _editable(inline)


def _writes(screen: BaseModelAdmin) -> bool:
    """Whether some permission lets someone write there."""
    return bool(getattr(screen, "add_with", None) or getattr(screen, "change_with", None))


def _follows_its_screen(inline: BaseModelAdmin) -> bool:
    """Whether the inline asks the rights of its screen instead of having its own."""
    return type(inline).has_change_permission is not RorInline.has_change_permission


def _editable(screen: BaseModelAdmin) -> Iterator[str]:
    declared = screen.fieldsets or [(None, {"fields": screen.fields or ()})]
    for name in flatten_fieldsets(declared):
        if name not in screen.readonly_fields:
            yield f"{screen.opts.object_name}.{name}"


def _in_a_form(column: str, editable: set[str]) -> bool:
    """A relation seen from above is typed as the rows at its other end."""
    if column in editable:
        return True
    field = field_of(column)
    if field.concrete:
        return False
    return any(name.startswith(f"{field.related_model._meta.object_name}.") for name in editable)
