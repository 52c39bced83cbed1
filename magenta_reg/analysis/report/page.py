"""The report: one HTML page that needs nothing but itself.

How a comparison was made, for whoever wants to make it again.

Melodies to look at and listen to: real ones, and how each method goes on from there.
"""

import base64
import platform
import shlex
from importlib import metadata
from typing import NamedTuple

from magenta_reg.analysis.report.page_template import MACROS, PAGE
from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.tables import cell_lines
from magenta_reg.analysis.report.verdicts import (
    CONFIRMED,
    CONTRADICTED,
    NOT_TESTED,
    RULE,
    UNDECIDED,
)
from magenta_reg.outputs.melody import OutputMelody
from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.synthesis import encoded

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
        for part in verdict.parts:
            effect = part.effect
            rows.append([
                part.name, f'{part.word}: {effect.reason}' if effect.reason else part.word, effect,
                part.unit, 'above 0' if part.direction > 0 else 'below 0', effect.p, effect.p_holm,
                effect.n_melodies, effect.n_seeds, effect.test])
    return Table('verdicts', 'The same as numbers, with the tests', '', [
        'compared', 'verdict', 'effect', 'unit', 'claimed', 'p', 'p (Holm)', 'melodies', 'seeds',
        'test'], rows)


def _cell(value):
    from markupsafe import Markup

    text, interval = cell_lines(value)
    return Markup('{}<br><small>{}</small>').format(text, interval) if interval else text


_PACKAGES = ['magenta_reg', 'tensorflow', 'magenta', 'note-seq', 'numpy', 'scipy', 'scikit-learn',
             'openTSNE', 'matplotlib']


def command(options):
    """Returns the command that makes the comparison again, into a folder A.

    Args:
        options: dict of flag to value.
    """
    flags = [shlex.quote(f'--{name}={value}') for name, value in options.items()]
    return ' '.join(['melody_rnn_reg_analyze', *flags, '--output_dir=A'])


def versions():
    """Returns dict of str to str: Python's version and those of the packages that matter."""
    return {'python': platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES}}


def describe_run(run):
    """Returns what identifies a run, as JSON has it.

    Args:
        run: ComparedRun.
    """
    return {'label': run.label, 'method': run.method, 'config': run.model.encoding.name,
            'seed': int(run.model.seed), 'step': int(run.model.step), 'run_dir': str(run.run_dir),
            'weights_sha256': run.model.weights_sha256()}


NUM_MELODIES = 2
_QPM = 120.0
_FORMAT, _MEDIA_TYPE = 'mp3', 'audio/mpeg'


def draw_samples(comparison):
    """Returns the Samples of the first held-out melodies: real, then a run of each group.

    Args:
        comparison: Comparison.
    """
    primer_steps = comparison.held_out.primer_steps
    samples = []
    for index, events in enumerate(comparison.held_out.melodies[:NUM_MELODIES]):
        samples.append(_sample(f'Melody {index + 1}, as it is', events, len(events)))
        for group in comparison.groups:
            run = group.runs[0]
            samples.append(_sample(f'Melody {index + 1}, {run.label.replace("_", " ")}',
                                   comparison.generated[run.label][index], primer_steps))
    return samples


def _sample(title, events, primer_steps):
    melody = OutputMelody(events, primer_steps, _QPM, title=title)
    return Sample(title, piano_roll_svg(melody), encoded(melody, _FORMAT), _MEDIA_TYPE)
