"""The report: one HTML page that needs nothing but itself."""

import base64
from pathlib import Path
from typing import NamedTuple

from magenta_reg.analysis.report.claims import statement
from magenta_reg.analysis.report.overview import overview
from magenta_reg.analysis.report.overview_figure import draw_overview
from magenta_reg.analysis.report.section import Table, of_encoding, report_figure, report_table
from magenta_reg.analysis.report.style import display, looks_of
from magenta_reg.analysis.report.tables import cell_lines
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.report.verdict_figure import draw_verdicts
from magenta_reg.analysis.report.verdicts import (
    CONFIRMED,
    CONTRADICTED,
    EQUIVALENT,
    NOT_TESTED,
    UNDECIDED,
)
from magenta_reg.base.templates import load_template
from magenta_reg.outputs.melody import OutputMelody
from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.synthesis import encoded

_TEXTS = texts('report')
_TEMPLATE = Path(__file__).with_name('page.html')
# With colour and word: told apart in print, too.
_SIGNS = {CONFIRMED: '\u2713', CONTRADICTED: '\u2717', EQUIVALENT: '=', UNDECIDED: '?',
          NOT_TESTED: '\u2013'}

_CLAIMED = {1: 'above 0', -1: 'below 0', 0: 'within the margin'}
NUM_SAMPLED_MELODIES = 2
QPM = 120.0


class AudioSample(NamedTuple):
    """A melody to look at and listen to.

    Attributes:
        title: str.
        roll: str, the piano roll as SVG, which escapes what it is given.
        sound: bytes, MP3.
        num_steps: int, sixteenths.
    """

    title: str
    roll: str
    sound: bytes
    num_steps: int


class Page(NamedTuple):
    """What the page says; the names are those of the template.

    Attributes:
        title: str.
        question: str, what the comparison is about.
        introduction: str, the same in plain words, in paragraphs.
        facts: dict of str to str, what was compared.
        explanations: dict of a method's name to str, what it does, in plain words.
        notes: list of str, what limits the comparison.
        verdicts: list of (str, ClaimVerdict): a claim's sentence and what the numbers say of it.
        verdict_figures: list of ReportFigure, one an encoding of which anything could be tested.
        effects: Table of all tests.
        overviews: list of Table, a row a method.
        overview_figures: list of ReportFigure, one an overview that has numbers.
        sections: list of Section.
        samples: list of AudioSample.
        command: str, that makes the page again.
        settings: dict of str to str: hashes, versions, and what numbers mean.
        run_configs: dict of run label to str, the text of its config.yaml.
    """

    title: str
    question: str
    introduction: str
    facts: dict
    explanations: dict
    notes: list
    verdicts: list
    verdict_figures: list
    effects: Table
    overviews: list
    overview_figures: list
    sections: list
    samples: list
    command: str
    settings: dict
    run_configs: dict

    @property
    def figures(self):
        """list of ReportFigure, all that the page shows."""
        return [*self.overview_figures, *self.verdict_figures, *(each for section in self.sections
                                         for each in section.figures)]

    @property
    def tables(self):
        """list of Table, all of the page and those that are files only."""
        return [*(each for section in self.sections for each in section.tables),
                *self.overviews, self.effects]


def make_page(comparison, sections, found, numbers):
    """Returns the Page of a comparison; see `results.to_numbers`, which gives its numbers."""
    settings = numbers['settings']
    # Where there are several encodings, each claim stands once for each.
    judged = [((f'{encoding}: ' if len(found) > 1 else '') + statement(verdict.claim), verdict)
               for encoding, own in found.items() for verdict in own]
    named = {'SHA-256 of the held-out melodies': settings['sequence_example_sha256'],
             'versions': ', '.join(f'{name} {version}'
                                   for name, version in numbers['versions'].items()),
             **{f'weights of {display(run["label"])}':
                f'step {run["step"]}, SHA-256 {run["weights_sha256"]}' for run in numbers['runs']}}
    overviews = overview(numbers)
    return Page(
        f'Regularized MelodyRNN: {len(comparison.groups)} methods compared', _TEXTS['QUESTION'],
        _TEXTS['INTRODUCTION'], _facts(numbers), _explanations(comparison.groups),
        numbers['notes'], judged, _verdict_figures(found),
        effects_table([verdict for _, verdict in judged]), overviews,
        _overview_figures(comparison, overviews), sections, draw_samples(comparison),
        settings['command'], named,
        {run.label: (run.run_dir / 'config.yaml').read_text(encoding='utf-8')
         for run in comparison.runs})


def render(page):
    """Returns a Page as HTML, str, with all that it shows in it and no link to anything outside."""
    published = [each for each in page.verdicts if ':' not in each[1].claim]
    calibrations = [(display(verdict.claim.partition(':')[2]), verdict)
                    for _, verdict in page.verdicts if ':' in verdict.claim]
    return load_template(_TEMPLATE).render(
        **page._asdict(), answers=published, calibrations=calibrations, ours=_TEXTS['OURS'],
        rule=_TEXTS['RULE'], signs=_SIGNS, cell=_cell, display=display,
        base64=lambda content: base64.b64encode(content).decode())


def effects_table(verdicts):
    """Returns the Table of all tests behind ClaimVerdicts."""
    rows = [[part.name, f'{part.word}: {part.effect.reason}' if part.effect.reason else part.word,
             part.effect, part.margin, part.unit, _CLAIMED[part.direction], part.effect.p,
             verdict.p_holm, part.effect.n_melodies, part.effect.n_seeds,
             part.effect.test if part.is_primary else f'secondary; {part.effect.test}']
            for verdict in verdicts for part in verdict.parts]
    return report_table('report', 'verdicts', [
        'compared', 'found', 'difference', 'margin', 'unit', 'claimed', 'p', 'p (claim)',
        'melodies', 'seeds', 'test'], rows)


def draw_samples(comparison):
    """Returns the AudioSamples of the first held-out melodies: real, then a run of each group."""
    primer_steps = comparison.held_out.primer_steps
    samples = []
    for index, events in enumerate(comparison.held_out.melodies[:NUM_SAMPLED_MELODIES]):
        samples.append(_sample(f'Melody {index + 1}, as it is', events, len(events)))
        for label in (group.runs[0].label for group in comparison.groups):
            samples.append(_sample(f'Melody {index + 1}, {display(label)}',
                                   comparison.generated[label][index], primer_steps))
    return samples


def _sample(title, events, primer_steps):
    melody = OutputMelody(events, primer_steps, QPM, title=title)
    return AudioSample(title, piano_roll_svg(melody), encoded(melody), len(events))


def _facts(numbers):
    """Returns what was compared: dict of str to str."""
    settings, groups, runs = (numbers[name] for name in ('settings', 'groups', 'runs'))
    seeds = sorted({seed for group in groups for seed in group['seeds']})
    updates = sorted({run['step'] for run in runs})
    fewest, most = (find(len(group['seeds']) for group in groups) for find in (min, max))
    return {
        'Methods': display(', '.join(group['label'] for group in groups)),
        'Networks': f'{len(runs)}: {_range([fewest, most])} of each method '
                    f'({"seeds" if len(seeds) > 1 else "seed"} {", ".join(map(str, seeds))})',
        'Trained for': f'{_range(updates)} updates',
        'Music': _TEXTS['MUSIC'].format(
            used=settings['melodies_used'], long_enough=settings['melodies_long_enough'],
            steps=settings['num_steps'],
            path='/'.join(Path(settings['sequence_example_file']).parts[-2:])),
        'Task': _TEXTS['TASK'].format(primer=settings['primer_steps'],
                                      rest=settings['num_steps'] - settings['primer_steps'])}


def _range(values):
    """Returns the ends of sorted numbers as people read them."""
    ends = dict.fromkeys((values[0], values[-1]))
    return ' to '.join(f'{each:,}' for each in ends)


def _explanations(groups):
    """Returns a sentence on each method that has one in text.md."""
    methods = dict.fromkeys(group.method for group in groups)
    return {display(method): _TEXTS[f'method {method}'] for method in methods
            if f'method {method}' in _TEXTS}


def _overview_figures(comparison, overviews):
    """Returns a ReportFigure of each overview Table that has something to draw."""
    looks = looks_of(comparison.groups)
    figures = [(table, draw_overview(table, looks)) for table in overviews]
    return [report_figure('report', 'overview', drawn)._replace(name=table.name)
            for table, drawn in figures if drawn]


def _verdict_figures(found):
    """Returns a ReportFigure for each encoding in which anything could be compared."""
    drawn = {encoding: draw_verdicts(own) for encoding, own in found.items()}
    figures = {encoding: report_figure('report', 'verdicts', each)
               for encoding, each in drawn.items() if each}
    return [of_encoding(figure, encoding) if len(found) > 1 else figure
            for encoding, figure in figures.items()]


def _cell(value):
    from markupsafe import Markup

    text, interval = cell_lines(value)
    return Markup('{}<br><small>{}</small>').format(text, interval) if interval else text
