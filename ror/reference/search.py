"""Finding codes by what people type: words in any order, beginnings of words, no accents, near spellings."""

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher

from ror.reference.text import normalise

# Words that carry no meaning of their own in a label.
EMPTY_WORDS = frozenset(
    ("a", "au", "aux", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "ou", "par", "pour", "sur")
)
WORD, BEGINNING, INSIDE, NEAR = 1.0, 0.8, 0.5, 0.4
LEAST_LIKENESS = 0.75
LEAST_LENGTH_INSIDE = 3
LEAST_LENGTH_NEAR = 4


class SearchIndex:
    """The words of the labels of one value set. Built once for a state of the nomenclature, then only read."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]):
        """`entries`: (key, code, label), in the order of the value set."""
        self._labels: dict[str, str] = {}
        self._keys_by_code: dict[str, list[str]] = {}
        self._keys_by_label: dict[str, list[str]] = {}
        self._keys_by_word: dict[str, set[str]] = {}
        self._keys_by_initials: dict[str, list[str]] = {}
        self._rank: dict[str, int] = {}
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

    def search(self, text: str, limit: int) -> list[str]:
        """At most `limit` keys, best first; without text, the first ones of the value set."""
        plain = normalise(text)
        if not plain:
            return sorted(self._rank, key=self._rank.__getitem__)[:limit]
        words = [word for word in plain.split() if word not in EMPTY_WORDS] or plain.split()
        scores = self._scores(words)
        for key in self._keys_by_code.get(text.strip().casefold(), ()):
            scores[key] = scores.get(key, 0.0) + 10 * len(words)
        for key in scores:
            scores[key] += self._bonus(self._labels[key], plain)
        best = sorted(scores, key=lambda key: (-scores[key], len(self._labels[key]), self._rank[key]))
        return best[:limit]

    def _scores(self, words: list[str]) -> dict[str, float]:
        """Score of the keys that match the most words: all of them when one label does."""
        totals: Counter[str] = Counter()
        matched: Counter[str] = Counter()
        for word in words:
            best = self._keys_like(word)
            totals.update(best)
            matched.update(dict.fromkeys(best, 1))
        most = max(matched.values(), default=0)
        return {key: totals[key] for key, number in matched.items() if number == most}

    def _keys_like(self, word: str) -> dict[str, float]:
        """Keys whose label has a word like this one, or whose initials it is (EHPAD); near spellings come last."""
        best: dict[str, float] = {}
        if len(word) >= LEAST_LENGTH_INSIDE:
            best = dict.fromkeys(self._keys_by_initials.get(word, ()), WORD)
        words = self._words_like(word) or ({} if best else self._near_words(word))
        for known, weight in words.items():
            for key in self._keys_by_word[known]:
                best[key] = max(best.get(key, 0.0), weight)
        return best

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
            return 3.0
        if label.startswith(plain):
            return 1.0
        return 0.2 if plain in label else 0.0
