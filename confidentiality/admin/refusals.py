"""What the database refuses, said to the person who typed it."""

import logging
from collections.abc import Mapping

from django.db import DatabaseError, OperationalError

logger = logging.getLogger(__name__)

AT_ONCE = "Quelqu'un d'autre écrivait au même endroit. Rien n'a été enregistré : recommencez."
UNSAID = (
    "Ces valeurs ne vont pas ensemble (règle « {name} »). Rien n'a été enregistré : corrigez-les, "
    "ou signalez ce message à l'équipe du portail."
)

_sentences: dict[str, str] = {}


class Refused(Exception):
    """A correction that breaks rules: `problems`, one French sentence each. Nothing is written."""

    def __init__(self, *problems: str) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def say(sentences: Mapping[str, str]) -> None:
    """Declare what to say for constraints, by their name, and for triggers, by the words that they raise."""
    _sentences.update(sentences)


def is_said(name: str) -> bool:
    return name in _sentences


def sentence(name: str) -> str:
    """What to say when the constraint `name` is broken."""
    return _sentences.get(name) or UNSAID.format(name=name)


def sentence_of(error: DatabaseError) -> str:
    """What to say of a refusal of the database itself; what it does not name is kept in the log."""
    if isinstance(error, OperationalError):
        return AT_ONCE
    said = getattr(error.__cause__, "diag", None)
    words = getattr(said, "constraint_name", None) or getattr(said, "message_primary", None) or "inconnue"
    if not is_said(words):
        logger.error("a correction was refused without words for it: %s", words)
    return sentence(words)
