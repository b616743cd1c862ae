"""What a room above adds beside a list of the administration: links shown with « Ajouter » and « Exporter »."""

from collections.abc import Callable

from django.db.models import Model
from django.http import HttpRequest

Source = Callable[[HttpRequest], tuple[str, str] | None]
_sources: dict[type[Model], list[Source]] = {}


def beside_list(model: type[Model]) -> Callable[[Source], Source]:
    """Declare a link above the list of `model`: (address, text), or None for those whom it does not concern."""

    def declare(source: Source) -> Source:
        _sources.setdefault(model, []).append(source)
        return source

    return declare


def links_beside(model: type[Model], request: HttpRequest) -> list[tuple[str, str]]:
    return [link for source in _sources.get(model, []) if (link := source(request)) is not None]
