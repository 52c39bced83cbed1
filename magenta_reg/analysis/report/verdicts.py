"""Verdicts on claims: the words come from the numbers by one rule, RULE in text.md.

A part of a claim is an effect that the claim says is above (or below) 0; without a number it is
not tested. A claim says all its parts.
"""

from typing import NamedTuple

from magenta_reg.analysis.statistics.estimate import Estimate, finite
from magenta_reg.analysis.statistics.holm import ALPHA, corrected

CONFIRMED = 'confirmed'
CONTRADICTED = 'contradicted'
UNDECIDED = 'undecided'
NOT_TESTED = 'not tested'


class ClaimPart(NamedTuple):
    """One tested part of a claim.

    Attributes:
        claim: str, the claim's id.
        name: str, what is compared.
        effect: Estimate, of a difference; with the reason if it was not tested.
        direction: int, 1 if the claim says that the effect is above 0, -1 if below.
        unit: str, of the effect.
        measure_of: str, the same for several measures of one thing; empty if it stands alone.
        word: str, CONFIRMED, CONTRADICTED, UNDECIDED or NOT_TESTED; empty before `verdicts`.
    """

    claim: str
    name: str
    effect: Estimate
    direction: int
    unit: str = ''
    measure_of: str = ''
    word: str = ''


class ClaimVerdict(NamedTuple):
    """What the numbers say of a claim.

    Attributes:
        claim: str, the claim's id.
        word: str.
        parts: list of ClaimPart.
        why: str, the parts behind the word, in a sentence.
        scope: str, what it is about: the methods, or these networks where there is one seed.
    """

    claim: str
    word: str
    parts: list
    why: str
    scope: str


def verdicts(parts):
    """Returns a list of ClaimVerdict, one a claim in the order in which they come first.

    Args:
        parts: list of ClaimPart, every test of the table: the correction is over all of them.
    """
    tested = corrected({index: part.effect for index, part in enumerate(parts)
                        if _is_tested(part.effect)})
    of_claims = {}
    for index, part in enumerate(parts):
        part = part._replace(effect=tested.get(index, part.effect))
        own = of_claims.setdefault(part.claim, [])
        own.append(part._replace(word=part_word(part.effect, part.direction)))
    return [ClaimVerdict(claim, claim_word(_words(own)), own, _why(own), _scope(own))
            for claim, own in of_claims.items()]


def part_word(effect, direction):
    """Returns the word for an Estimate with its p corrected, and the direction claimed."""
    if not _is_tested(effect):
        return NOT_TESTED
    sign = int(effect.low > 0) - int(effect.high < 0)
    if effect.p_holm >= ALPHA or not sign:
        return UNDECIDED
    return CONFIRMED if sign == direction else CONTRADICTED


def claim_word(words):
    """Returns the word for a claim of these parts: it says them all."""
    if CONTRADICTED in words:
        return CONTRADICTED
    unique = set(words)
    return unique.pop() if len(unique) == 1 else UNDECIDED


def _words(parts):
    """Returns the words of a claim's parts, one for several measures of one thing."""
    things = {}
    for index, part in enumerate(parts):
        things.setdefault(part.measure_of or index, []).append(part.word)
    return [UNDECIDED if {CONFIRMED, CONTRADICTED} <= set(words) else claim_word(words)
            for words in things.values()]


def _is_tested(effect):
    return None not in map(finite, (effect.value, effect.low, effect.high, effect.p))


def _why(parts):
    """Says how many parts have which word, and why those without a number have none."""
    counts = {word: [part for part in parts if part.word == word]
              for word in (CONFIRMED, CONTRADICTED, UNDECIDED, NOT_TESTED)}
    text = ', '.join(f'{len(found)} {word}' for word, found in counts.items() if found)
    reasons = dict.fromkeys(part.effect.reason or 'no finite number'
                            for part in counts[NOT_TESTED])
    of_parts = f'{text} of {len(parts)} part{"s" if len(parts) > 1 else ""}'
    return '; '.join([of_parts, *reasons])


def _scope(parts):
    tested = [part for part in parts if part.word != NOT_TESTED]
    if not tested:
        return ''
    n_seeds = min(part.effect.n_seeds for part in tested)
    if n_seeds > 1:
        return f'the methods, from {n_seeds} seeds each or more'
    return 'these networks: one seed says nothing about others of the same method'
