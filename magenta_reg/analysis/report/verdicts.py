"""Verdicts on claims: the words come from the numbers by one rule, RULE in text.md.

A part of a claim is a difference that the claim says is above 0, below 0, or within its margin. A
claim says all its primary parts, by an intersection-union test: it is as sure as its least sure,

    p(confirmed) = max_i p_i(as claimed),   p(contradicted) = k min_i p_i(the opposite)

of k parts; p = 2 min of both, corrected by Holm's method over the claims of the table. A claim of
differences is equivalent if all its parts are within their margins by two one-sided tests.

Source: Berger 1982, "Multiparameter hypothesis testing and acceptance sampling"; Holm 1979.
"""

from typing import NamedTuple

from magenta_reg.analysis.statistics.estimate import Estimate, finite
from magenta_reg.analysis.statistics.holm import ALPHA, holm
from magenta_reg.analysis.statistics.paired import ONE_SEED, beyond_p, equivalence_p, one_sided_p

CONFIRMED = 'confirmed'
CONTRADICTED = 'contradicted'
EQUIVALENT = 'equivalent'
UNDECIDED = 'undecided'
NOT_TESTED = 'not tested'

# Of a part alone, not corrected: what the claim's word is made of.
AS_CLAIMED = 'as claimed'
OPPOSITE = 'the opposite'
WITHIN = 'within the margin'
UNCLEAR = 'unclear'


class ClaimPart(NamedTuple):
    """One tested part of a claim.

    Attributes:
        claim: str, the claim's id.
        name: str, what is compared.
        effect: Estimate, of a difference; with the reason if it was not tested.
        direction: int, 1 if the claim says that the effect is above 0, -1 if below, 0 if it says
            that it is within the margin.
        unit: str, of the effect.
        margin: float, differences below it do not matter; None where none is stated.
        is_primary: bool, whether the verdict is about it; the others are shown beside it.
        word: str, of this part alone; empty before `verdicts`.
    """

    claim: str
    name: str
    effect: Estimate
    direction: int
    unit: str = ''
    margin: float | None = None
    is_primary: bool = True
    word: str = ''


class ClaimVerdict(NamedTuple):
    """What the numbers say of a claim.

    Attributes:
        claim: str, the claim's id.
        word: str.
        parts: list of ClaimPart, the primary ones first.
        why: str, what is behind the word, in a sentence.
        p: float, of the word before the correction; None if not tested.
        p_holm: float, p corrected for the number of claims.
        p_equivalent: float, corrected p of differences beyond the margins; None without margins.
        scope: str, how many seeds of each method it is from; empty if not tested.
    """

    claim: str
    word: str
    parts: list
    why: str
    p: float | None = None
    p_holm: float | None = None
    p_equivalent: float | None = None
    scope: str = ''


def verdicts(parts):
    """Returns a list of ClaimVerdict, one a claim in the order in which they come first.

    Args:
        parts: list of ClaimPart, all of one table: the correction is over its claims.
    """
    claims = {}
    for part in parts:
        claims.setdefault(part.claim, []).append(part._replace(word=part_word(part)))
    reasons = {claim: _find_reason(own) for claim, own in claims.items()}
    tested = {claim: _primary(own) for claim, own in claims.items() if not reasons[claim]}
    sides = {claim: _p_values(own) for claim, own in tested.items()}
    p_values = _corrected({claim: min(1.0, 2 * min(both)) for claim, both in sides.items()})
    within = _corrected({claim: max(equivalence_p(part.effect, part.margin) for part in own)
                         for claim, own in tested.items()
                         if all(part.margin and part.direction for part in own)})
    return [ClaimVerdict(claim, NOT_TESTED, own, reasons[claim]) if reasons[claim] else
            _judged(claim, own, sides[claim], p_values[claim], within.get(claim))
            for claim, own in claims.items()]


def part_word(part):
    """Returns the word for a ClaimPart by itself, at 5% and without a correction."""
    effect = part.effect
    if not _is_tested(effect):
        return NOT_TESTED
    is_within = bool(part.margin) and equivalence_p(effect, part.margin) < ALPHA
    if not part.direction:
        is_beyond = beyond_p(effect, part.margin) < ALPHA
        return AS_CLAIMED if is_within else OPPOSITE if is_beyond else UNCLEAR
    if effect.p < ALPHA:
        return AS_CLAIMED if effect.value * part.direction > 0 else OPPOSITE
    return WITHIN if is_within else UNCLEAR


def _p_values(parts):
    """Returns p of not all parts being as claimed, and p of none being the opposite."""
    return (max(_confirming_p(part) for part in parts),
            min(1.0, len(parts) * min(_opposing_p(part) for part in parts)))


def _confirming_p(part):
    return (one_sided_p(part.effect, part.direction) if part.direction else
            equivalence_p(part.effect, part.margin))


def _opposing_p(part):
    return (one_sided_p(part.effect, -part.direction) if part.direction else
            beyond_p(part.effect, part.margin))


def _corrected(p_values):
    """Returns a dict of claim to (p, p by Holm) of a dict of claim to p."""
    adjusted = holm(list(p_values.values()))
    return {claim: (p, corrected) for (claim, p), corrected
            in zip(p_values.items(), adjusted, strict=True)}


def _judged(claim, parts, sides, p_values, within):
    p, p_holm = p_values
    p_equivalent = within[1] if within else None
    if p_holm < ALPHA:
        word = CONFIRMED if sides[0] <= sides[1] else CONTRADICTED
    else:
        word = EQUIVALENT if within and p_equivalent < ALPHA else UNDECIDED
    primary = _primary(parts)
    n_seeds, why = min(part.effect.n_seeds for part in primary), _why(primary)
    if word == UNDECIDED and p < ALPHA:
        why += f', but not once corrected for the number of claims (p = {p_holm:.2g})'
    return ClaimVerdict(claim, word, parts, why, p, p_holm, p_equivalent,
                        f'{n_seeds} seeds of each method')


def _why(parts):
    """Says how many of a claim's parts have which word."""
    counts = {word: sum(part.word == word for part in parts)
              for word in (AS_CLAIMED, OPPOSITE, WITHIN, UNCLEAR)}
    if len(parts) == 1:
        return next(word for word, count in counts.items() if count)
    return ', '.join(f'{count} {word}' for word, count in counts.items() if count) + (
        f' of {len(parts)} parts')


def _find_reason(parts):
    """Returns why a claim is not tested: the reasons of its primary parts; '' if it is."""
    reasons = dict.fromkeys(_part_reason(part.effect) for part in _primary(parts))
    return '; '.join(filter(None, reasons))


def _part_reason(effect):
    if effect.reason:
        return effect.reason
    if effect.test == ONE_SEED:
        return ONE_SEED
    return '' if _is_tested(effect) else 'no finite number'


def _primary(parts):
    return [part for part in parts if part.is_primary]


def _is_tested(effect):
    return None not in map(finite, (effect.value, effect.low, effect.high, effect.p))
