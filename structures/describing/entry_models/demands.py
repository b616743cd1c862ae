"""What a model needs besides the rule book, told to the gate of the record, whatever the channel."""

from collections.abc import Iterator, Sequence

from django import forms

from structures.demands import Demand, demanding
from structures.describing.entry_models.content import datum_or_list
from structures.describing.entry_models.model import EntryModel
from structures.document import Document


@demanding
def demands_of(documents: Sequence[Document]) -> Iterator[list[Demand]]:
    """The demands of the version that each document follows. One query per version, none without a model."""
    followed = {document.get("entry_model") or None for document in documents} - {None}
    models = {key: EntryModel.objects.version(key) for key in followed}
    demands = {key: list(demands_in(model)) for key, model in models.items() if model is not None}
    for document in documents:
        yield demands.get(document.get("entry_model"), [])


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
