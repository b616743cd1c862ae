"""Finding codes by what people type: words in any order, beginnings of words, no accents, near spellings."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher

from ror.reference.synonyms import readings
from ror.reference.text import normalise

# Words that carry no meaning of their own in a label.
EMPTY_WORDS = frozenset(
    ("a", "au", "aux", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "ou", "par", "pour", "sur")
)
WORD, BEGINNING, INSIDE, FAMILY, NEAR = 1.0, 0.8, 0.5, 0.45, 0.4
BY_SYNONYM = 0.95  # of what the word itself is worth
EXACT_CODE, SAME, WHOLE_WORDS, BEGINS, CONTAINS = 10.0, 3.0, 1.0, 1.0, 0.2
PREFERRED = 1.5  # a code that the asker would rather have passes before one that is only found as well
LEAST_LIKENESS = 0.75
LEAST_LENGTH_INSIDE = 3
LEAST_LENGTH_NEAR = 4


class SearchIndex:
    """The words of the labels of one value set. Built once for a state of the nomenclature, then only read."""

    def __init__(self, entries: Iterable[tuple[str, str, str]], families: Mapping[str, str] | None = None):
        """`entries`: (key, code, label), in the order of the value set; `families`: the family of some keys."""
        self._labels: dict[str, str] = {}
        self._keys_by_code: dict[str, list[str]] = {}
        self._keys_by_label: dict[str, list[str]] = {}
        self._keys_by_word: dict[str, set[str]] = {}
        self._keys_by_initials: dict[str, list[str]] = {}
        self._rank: dict[str, int] = {}
        self._keys_by_family_word: dict[str, set[str]] = {}
        for key, family in (families or {}).items():
            for word in normalise(family).split():
                self._keys_by_family_word.setdefault(word, set()).add(key)
        for rank, (key, code, label) in enumerate(entries):
            plain = normalise(label)
            self._rank[key] = rank
            self._labels[key] = plain
            self._keys_by_code.setdefault(code.casefold(), []).append(key)
            self._keys_by_label.setdefault(plain, []).append(key)
            for word in plain.split():
                self._keys_by_word.setdefault(word, set()).add(key)
            initials = "".join(word[0] for word in plain.split() if word not in EMPTY_WORDS)
            self._keys_by_initials.setdefault(initials, []).append(key)

    def is_unique(self, label: str) -> bool:
        return len(self._keys_by_label.get(normalise(label), ())) < 2

    def exact(self, text: str) -> list[str]:
        """Keys whose code, label, or label followed by its code in brackets is exactly `text`."""
        plain = normalise(text)
        found = self._keys_by_label.get(plain) or self._keys_by_code.get(text.casefold()) or []
        if found or not text.endswith(")"):
            return list(found)
        label, _, code = text[:-1].rpartition("(")
        with_label = self._keys_by_label.get(normalise(label), ())
        with_code = self._keys_by_code.get(code.strip().casefold(), ())
        return [key for key in with_label if key in with_code]

    def search(self, text: str, limit: int, first: Collection[str] = ()) -> list[str]:
        """At most `limit` keys, best first; `first` are keys to put before others found as well.

        Without text, these ones, then the first ones of the value set.
        """
        plain = normalise(text)
        if not plain:
            mine = [key for key in dict.fromkeys(first) if key in self._rank]
            rest = sorted(self._rank.keys() - set(mine), key=self._rank.__getitem__)
            return [*mine, *rest][:limit]
        scores = self._scores_of(plain)
        for key in scores:
            scores[key] += self._bonus(self._labels[key], plain)
        for key, score in self._said_otherwise(plain).items():
            scores[key] = max(scores.get(key, 0.0), score)
        for key in self._keys_by_code.get(text.strip().casefold(), ()):
            scores[key] = scores.get(key, 0.0) + EXACT_CODE
        for key in scores.keys() & set(first):
            scores[key] += PREFERRED if scores[key] >= INSIDE else 0.0
        best = sorted(scores, key=lambda key: (-scores[key], len(self._labels[key]), self._rank[key]))
        return best[:limit]

    def _scores_of(self, plain: str) -> dict[str, float]:
        """Score of the keys that match the most words, all of them when one label does; 1 and more for whole words."""
        words = _telling(plain)
        totals, _ = self._matches(words)
        scores = {key: total / len(words) for key, total in totals.items()}
        return {key: score + WHOLE_WORDS if score == WORD else score for key, score in scores.items()}

    def _said_otherwise(self, plain: str) -> dict[str, float]:
        """Score of the keys that match every word of a text where a synonym replaces what was typed."""
        found: dict[str, float] = {}
        for reading in readings(plain):
            words = _telling(reading)
            totals, most = self._matches(words)
            if most < len(words):
                continue
            for key, total in totals.items():
                score = BY_SYNONYM * (total / len(words) + min(BEGINS, self._bonus(self._labels[key], reading)))
                found[key] = max(found.get(key, 0.0), score)
        return found

    def _matches(self, words: list[str]) -> tuple[dict[str, float], int]:
        """What each key that matches the most words is worth, and how many words that is."""
        totals: Counter[str] = Counter()
        matched: Counter[str] = Counter()
        for word in words:
            best = self._keys_like(word)
            totals.update(best)
            matched.update(dict.fromkeys(best, 1))
        most = max(matched.values(), default=0)
        return {key: totals[key] for key, number in matched.items() if number == most}, most

    def _keys_like(self, word: str) -> dict[str, float]:
        """Keys whose label has a word like this one, or whose initials it is (EHPAD).

        The codes of a family so named and near spellings come last.
        """
        best: dict[str, float] = {}
        if len(word) >= LEAST_LENGTH_INSIDE:
            best = dict.fromkeys(self._keys_by_initials.get(word, ()), WORD)
        words = self._words_like(word) or ({} if best else self._near_words(word))
        for known, weight in words.items():
            for key in self._keys_by_word[known]:
                best[key] = max(best.get(key, 0.0), weight)
        for key in self._in_families(word):
            best.setdefault(key, FAMILY)
        return best

    def _in_families(self, word: str) -> set[str]:
        if len(word) < LEAST_LENGTH_INSIDE or word in EMPTY_WORDS:
            return set()
        found = [keys for known, keys in self._keys_by_family_word.items() if known.startswith(word)]
        return set().union(*found)

    def _words_like(self, word: str) -> dict[str, float]:
        found = {known: WORD if known == word else BEGINNING for known in self._keys_by_word if known.startswith(word)}
        if len(word) >= LEAST_LENGTH_INSIDE:
            for known in self._keys_by_word:
                if known not in found and word in known:
                    found[known] = INSIDE
        return found

    def _near_words(self, word: str) -> dict[str, float]:
        """Words spelled nearly so; the beginning of a longer word counts, as people stop typing early."""
        if len(word) < LEAST_LENGTH_NEAR:
            return {}
        found = {}
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(word)
        for known in self._keys_by_word:
            if known[0] != word[0] and known[:2] != word[1:3]:
                continue
            matcher.set_seq1(known[: len(word) + 1] if len(known) > len(word) + 1 else known)
            if matcher.real_quick_ratio() < LEAST_LIKENESS or matcher.quick_ratio() < LEAST_LIKENESS:
                continue
            likeness = matcher.ratio()
            if likeness >= LEAST_LIKENESS:
                found[known] = NEAR * likeness
        return found

    @staticmethod
    def _bonus(label: str, plain: str) -> float:
        if label == plain:
            return SAME
        if label.startswith(plain):
            return BEGINS
        return CONTAINS if plain in label else 0.0


def _telling(plain: str) -> list[str]:
    """The words that carry a meaning; all of them when none does."""
    return [word for word in plain.split() if word not in EMPTY_WORDS] or plain.split()
