"""What a model needs besides the rule book, told to the gate of the record, whatever the channel."""

from collections.abc import Iterator

from django import forms

from structures.demands import Demand, demanding
from structures.describing.entry_models.content import datum_or_list
from structures.describing.entry_models.model import EntryModel
from structures.document import Document


@demanding
def demands_of(document: Document) -> Iterator[Demand]:
    """The demands of the version that the document follows. One query, none without a model."""
    model = EntryModel.objects.version(document.get("entry_model")) if document.get("entry_model") else None
    if model is not None:
        yield from demands_in(model)


def demands_in(model: EntryModel) -> Iterator[Demand]:
    for path, effect in model.read().needed.items():
        target = datum_or_list(path)
        if target is not None:
            words = f"« {target.label} »" if isinstance(target, forms.Field) else f"{target.label} (une ligne au moins)"
            yield Demand(
                path,
                f"Complétez {words} : le modèle de saisie le demande.",
                f"règle du portail, modèle de saisie « {model.title} », version {model.number}",
                effect,
            )
