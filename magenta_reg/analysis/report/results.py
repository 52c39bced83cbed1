"""What a comparison found: verdicts, plain numbers for results.json, and the page."""

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.report.claims import CLAIMS, Measured, claim_parts
from magenta_reg.analysis.report.overview import overview
from magenta_reg.analysis.report.page import Page, command, describe_run, versions
from magenta_reg.analysis.report.section import report_figure
from magenta_reg.analysis.report.verdict_figure import draw_verdicts
from magenta_reg.analysis.report.verdicts import NOT_TESTED, verdicts

VERDICT_CAPTION = (
    'Each test of each claim: the effect in units of half its 95% interval, so that quantities of '
    'different units stand beside each other; to the right is what the claim says. An interval '
    'that reaches the line in the middle does not exclude that there is no difference. The '
    'numbers are the effect in its own unit and p, corrected for the number of tests.')


def judge_claims(groups, sections, seed):
    """Tests every published claim on what the sections measured.

    Args:
        groups: list of Group.
        sections: list of Section.
        seed: int.

    Returns:
        dict of encoding to list of Verdict: only within one encoding do methods compare.
    """
    found = {}
    for encoding, own in by_encoding(groups).items():
        measured = Measured()
        for section in sections:
            measured = measured.with_more(section.measured.get(encoding, Measured()))
        found[encoding] = verdicts(claim_parts(own, measured, seed))
    return found


def to_numbers(comparison, sections, found, options, notes):
    """Returns everything that was measured as JSON holds it, with settings and versions.

    Args:
        comparison: Comparison.
        sections: list of Section.
        found: dict of encoding to list of Verdict.
        options: dict of flag to value, of the command that makes it again.
        notes: list of str.
    """
    held_out = comparison.held_out
    return {
        'settings': {**options, 'command': command(options),
                     'sequence_example_sha256': comparison.examples.sha256,
                     'melodies_read': held_out.num_read,
                     'melodies_long_enough': held_out.num_long_enough,
                     'melodies_used': len(held_out.melodies)},
        'versions': versions(),
        'runs': [describe_run(run) for run in comparison.runs],
        'groups': [{'label': group.label, 'method': group.method, 'config': group.encoding,
                    'seeds': [int(seed) for seed in group.seeds]} for group in comparison.groups],
        'notes': notes,
        'verdicts': {encoding: [_verdict(verdict) for verdict in own]
                     for encoding, own in found.items()},
        'sections': {section.name: section.numbers for section in sections},
    }


def _verdict(verdict):
    return {'claim': verdict.claim, 'statement': CLAIMS[verdict.claim].statement,
            'verdict': verdict.word, 'why': verdict.why, 'scope': verdict.scope,
            'parts': [_part(part) for part in verdict.parts]}


def _part(part):
    effect = part.effect
    return {'claim': part.claim, 'part': part.name, 'direction': part.direction,
            'unit': part.unit, 'measure_of': part.measure_of, 'verdict': part.word,
            **effect.plain('p', 'p_holm', 'standardized', 'n_melodies', 'n_seeds', 'test',
                           'reason'), 'over': effect.over if effect.test else ''}


def make_page(comparison, sections, found, samples, numbers):
    """Returns the Page of a comparison.

    Args:
        comparison: Comparison.
        sections: list of Section.
        found: dict of encoding to list of Verdict.
        samples: list of Sample.
        numbers: dict, of `to_numbers`.
    """
    settings = numbers['settings']
    num_seeds = len({run.model.seed for run in comparison.runs})
    summary = (
        f'{len(comparison.runs)} networks of {len(comparison.groups)} methods with '
        f'{num_seeds} seed{"s" if num_seeds > 1 else ""}, on {settings["melodies_used"]} of '
        f'{settings["melodies_long_enough"]:,} held-out melodies that have '
        f'{settings["num_steps"]} events or more. Each network goes on alone after the first '
        f'{settings["primer_steps"]} events of each. Losses and log-likelihoods are in nats per '
        f'event; brackets are 95% intervals.')
    # Where there are two encodings, each claim stands once for each that has it.
    judged = [(_sentence(verdict, encoding if len(found) > 1 else ''), verdict)
              for encoding, own in found.items() for verdict in own]
    named = {'SHA-256 of the held-out melodies': settings['sequence_example_sha256'],
             'versions': ', '.join(f'{name} {version}'
                                   for name, version in numbers['versions'].items())}
    for run in numbers['runs']:
        named[f'weights of {run["label"]}'.replace('_', ' ')] = (
            f'step {run["step"]}, SHA-256 {run["weights_sha256"]}')
    configs = {run.label: (run.run_dir / 'config.yaml').read_text() for run in comparison.runs}
    return Page(f'Regularized MelodyRNN: {len(comparison.groups)} methods compared', summary,
                numbers['notes'], judged, _verdict_figures(found), overview(numbers), sections,
                samples, settings['command'], named, configs)


def _sentence(verdict, encoding):
    statement = CLAIMS[verdict.claim].statement
    return f'{encoding}: {statement}' if encoding else statement


def _verdict_figures(found):
    """Returns a Figure for each encoding of which anything could be tested."""
    figures = []
    for encoding, own in found.items():
        if any(part.word != NOT_TESTED for verdict in own for part in verdict.parts):
            name, title = ((f'verdicts_{encoding}', f'Every test ({encoding})') if len(found) > 1
                           else ('verdicts', 'Every test'))
            figures.append(report_figure(name, title, VERDICT_CAPTION, draw_verdicts(own)))
    return figures
