"""The report: one HTML page that needs nothing but itself."""

import base64
from typing import NamedTuple

from magenta_reg.analysis.page_template import MACROS, PAGE
from magenta_reg.analysis.section import Bounded, Table
from magenta_reg.analysis.tables import cell_lines
from magenta_reg.analysis.verdicts import (
    CONFIRMED,
    CONTRADICTED,
    NOT_TESTED,
    RULE,
    UNDECIDED,
)

# Beside colour and word: told apart in print, too.
_SIGNS = {CONFIRMED: '\u2713', CONTRADICTED: '\u2717', UNDECIDED: '?', NOT_TESTED: '\u2013'}


class Sample(NamedTuple):
    """A melody to look at and listen to.

    Attributes:
        title: str.
        roll: str, the piano roll as SVG.
        sound: bytes.
        media_type: str, of the sound: 'audio/mpeg'.
    """

    title: str
    roll: str
    sound: bytes
    media_type: str


class Page(NamedTuple):
    """What the page says.

    Attributes:
        title: str.
        summary: str, one paragraph: what was compared.
        notes: list of str, what limits the comparison.
        judged: list of (str, verdicts.Verdict): a claim's sentence and what the numbers say of it.
        verdict_figures: list of Figure, one an encoding of which anything could be tested.
        overviews: list of Table, a row a method.
        sections: list of Section.
        samples: list of Sample.
        command: str, that makes the page again.
        named_settings: dict of str to str: hashes, versions, and what numbers mean.
        run_configs: dict of run label to str, the text of its config.yaml.
    """

    title: str
    summary: str
    notes: list
    judged: list
    verdict_figures: list
    overviews: list
    sections: list
    samples: list
    command: str
    named_settings: dict
    run_configs: dict


def render(page):
    """Returns a Page as HTML, str, with all that it shows in it and no link to anything outside."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)
    environment.filters.update(
        cell=_cell, display=lambda label: label.replace('_', ' '),
        base64=lambda content: base64.b64encode(content).decode())
    verdicts = [{**verdict._asdict(), 'sentence': sentence} for sentence, verdict in page.judged]
    # The rolls are SVG that piano_roll made, and it escapes what it is given.
    samples = [sample._replace(roll=Markup(sample.roll)) for sample in page.samples]
    return environment.from_string(MACROS + PAGE).render(
        title=page.title, summary=page.summary, notes=page.notes, verdicts=verdicts, rule=RULE,
        signs=_SIGNS, effects_table=effects_table(page.judged),
        verdict_figures=page.verdict_figures, overviews=page.overviews, sections=page.sections,
        samples=samples, run_configs=page.run_configs,
        settings={'command': page.command, 'named': page.named_settings})


def effects_table(judged):
    """Returns the Table of all tests behind the verdicts.

    Args:
        judged: list of (str, verdicts.Verdict).
    """
    rows = []
    for _, verdict in judged:
        for effect, word, adjusted_p in verdict.parts:
            expected = 'above 0' if effect.direction > 0 else 'below 0'
            rows.append([
                effect.part, f'{word}: {effect.reason}' if effect.reason else word,
                Bounded(effect.value, effect.low, effect.high), effect.unit, expected, effect.p,
                adjusted_p, effect.n_melodies, effect.n_seeds, effect.test])
    return Table('verdicts', 'The same as numbers, with the tests', '', [
        'compared', 'verdict', 'effect', 'unit', 'claimed', 'p', 'p (Holm)', 'melodies', 'seeds',
        'test'], rows)


def _cell(value):
    from markupsafe import Markup

    text, interval = cell_lines(value)
    return Markup('{}<br><small>{}</small>').format(text, interval) if interval else text
