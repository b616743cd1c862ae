"""System checks of the administration: a screen that could say too much does not start."""

from collections.abc import Iterator

from django.contrib.admin.checks import InlineModelAdminChecks, ModelAdminChecks
from django.contrib.admin.utils import flatten_fieldsets
from django.core.checks import Error
from django.core.exceptions import FieldDoesNotExist

from confidentiality.admin.exposure import data_shown, is_known, is_public_path, line_of
from confidentiality.hiding import is_governed


class RorAdminChecks(ModelAdminChecks):
    """Django's checks, then those of confidentiality."""

    def check(self, admin_obj, **kwargs) -> list[Error]:
        return [*super().check(admin_obj, **kwargs), *_screen(admin_obj), *_list(admin_obj)]


class RorInlineChecks(InlineModelAdminChecks):
    def check(self, inline_obj, **kwargs) -> list[Error]:
        return [*super().check(inline_obj, **kwargs), *_screen(inline_obj)]


def _screen(screen) -> Iterator[Error]:
    """What any form may get wrong."""
    names = flatten_fieldsets(screen.fieldsets) if screen.fieldsets else screen.fields
    if not names:
        yield _error(screen, "must declare its fields one by one.", "E101")
    for name in [*(names or ()), *screen.readonly_fields]:
        yield from _classified(screen, name)
    if screen.raw_id_fields:
        yield _error(screen, "must not use raw_id_fields: they show rows that the viewer may not know.", "E102")


def _list(screen) -> Iterator[Error]:
    """What a list may get wrong: hidden data shown, or guessed through filters, search and order."""
    for name in screen.list_display:
        yield from _classified(screen, name)
        yield from _public_column(screen, name)
    if isinstance(screen.list_select_related, bool):
        yield _error(screen, "must name what list_select_related follows.", "E103")
    if screen.list_editable or not all(getattr(action, "is_bulk", False) for action in screen.actions or ()):
        yield _error(screen, "writes from its list by bulk actions only, which show what changes first.", "E104")
    paths = [*screen.search_fields, *(screen.ordering or ()), *_ordering_fields(screen), *_filter_paths(screen)]
    paths += [screen.date_hierarchy] if screen.date_hierarchy else []
    for path in paths:
        if not is_public_path(screen.model, str(path).lstrip("-^=@")):
            yield _error(screen, f"filters, searches or sorts by « {path} », which is not public.", "E105")
    for path in _filter_paths(screen):
        if _is_guarded_relation(screen.model, path):
            yield _error(screen, f"would list the rows of « {path} » in a filter.", "E106")


def _classified(screen, name: str) -> Iterator[Error]:
    for model_name, field in data_shown(screen, name):
        if line_of(model_name, field) is None:
            yield _error(screen, f"shows « {name} », without a line in the policy: declare what it discloses.", "E107")


def _public_column(screen, name: str) -> Iterator[Error]:
    """A plain column is the same for all who see the row: what some of them may not read needs one that discloses."""
    if not is_governed(screen.model) or hasattr(getattr(screen, name, None), "discloses"):
        return
    if not all(is_known(screen.model, line_of(*datum)) for datum in data_shown(screen, name)):
        yield _error(screen, f"lists « {name} », which is not public: use a column that discloses.", "E108")


def _ordering_fields(screen) -> list[str]:
    columns = (getattr(screen, name, None) for name in screen.list_display if name != "__str__")
    return [column.admin_order_field for column in columns if hasattr(column, "admin_order_field")]


def _filter_paths(screen) -> list[str]:
    named = [entry[0] if isinstance(entry, (tuple, list)) else entry for entry in screen.list_filter]
    return [path for path in named if isinstance(path, str)]


def _is_guarded_relation(model, path: str) -> bool:
    try:
        related = model._meta.get_field(path).related_model
    except FieldDoesNotExist:
        return False
    return related is not None and is_governed(related)


def _error(screen, sentence: str, number: str) -> Error:
    return Error(f"{type(screen).__name__} {sentence}", obj=type(screen), id=f"confidentiality.{number}")
