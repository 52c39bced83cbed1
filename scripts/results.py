#!/usr/bin/env python
"""Brings finished studies into docs/results, and writes the tables of its pages.

    python scripts/results.py FOLDER ...

A study's folder there has its name: a page, results.json of each report, figures, and study.yaml,
which is the study with every default in it. docs/results/results.json has the main numbers of all;
pages and tables are written from it. Without a FOLDER only that is done.
"""

import itertools
import json
import shutil
import sys
from pathlib import Path

from results_pages import AT_END, FIGURES, FIGURES_AT_END, study_page, with_verdicts

from magenta_reg.analysis.analyze import RESULTS
from magenta_reg.analysis.protocol.seconds import read_timing
from magenta_reg.base.files import read_json, write_json
from magenta_reg.study.report import ANALYSIS
from magenta_reg.study.study import STUDY

FOLDER = Path(__file__).resolve().parents[1] / 'docs' / 'results'
README = FOLDER.parents[1] / 'README.md'
STUDIES = README.parent / 'configs' / 'studies'
PAGE = FOLDER / 'results.md'
# Column, section, key in a group's numbers.
MEASURES = (
    ('held-out loss', 'losses', 'held_out'), ('training loss', 'losses', 'training'),
    ('states: MMD²', 'states', 'mmd'), ('own log-lik.', 'likelihood', 'own'),
    ('own less real', 'calibration', 'log_likelihood'), ('judge log-lik.', 'likelihood', 'judge'),
    ('repetition', 'likelihood', 'repetition'), ('longest copy', 'memorization', 'longest_run'),
    ('error after true events', 'oracle', 'true_kl'), ('error after its own', 'oracle', 'own_kl'),
    ('NLL of its own under the oracle', 'oracle', 'generated_nll'))


def publish(study):
    """Copies what the pages show of a study's folder, and adds its numbers to the summary."""
    study = Path(study)
    name, target = study.name, FOLDER / study.name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    # Paths as somebody has them who works where the study was made.
    here = f'{study.resolve().parent}/'
    (target / STUDY).write_text((study / STUDY).read_text().replace(here, ''))
    for folder, results in _reports(study):
        report = target / folder
        report.mkdir(parents=True, exist_ok=True)
        (report / RESULTS).write_text(
            json.dumps(_shortened(read_json(results))).replace(here, '') + '\n')
        for figure in FIGURES_AT_END if folder.name == AT_END else FIGURES:
            drawn = results.parent / 'figures' / f'{figure}.png'
            if drawn.exists():
                shutil.copy(drawn, report)
    summary = read_json(FOLDER / RESULTS) if (FOLDER / RESULTS).exists() else {}
    hours = {kind: _hours(study / kind) for kind in ('trials', 'judges', 'runs')}
    summary[name] = {'hours_of_one_core': hours, **summarize(target)}
    write_json(FOLDER / RESULTS, dict(sorted(summary.items())))


def _reports(study):
    """Returns pairs of a report's place in docs/results and its results.json: first those of
    the study, then those of `melody_rnn_reg_analyze --output_dir=STUDY/analysis_NAME`, in NAME/.
    """
    found = []
    for analysis in sorted(study.glob(f'{ANALYSIS}*')):
        place = Path(analysis.name.removeprefix(ANALYSIS).removeprefix('_'))
        found += [(place / results.parent.relative_to(analysis), results)
                  for results in sorted(analysis.rglob(RESULTS))]
    return found


def _shortened(results):
    """Returns results to six digits, without the music measures of each single network."""
    results['sections'].get('music', {}).pop('runs', None)
    return json.loads(json.dumps(results), parse_float=lambda number: float(f'{float(number):.6g}'))


def _hours(folder):
    timings = [read_timing(path.parent) for path in folder.rglob('timing.csv')]
    return round(sum(timing.secs[-1] for timing in timings if timing) / 3600, 2)


def summarize(target):
    """Returns the main numbers of a study's reports in docs/results, a dict by report."""
    return {'reports': {path.parent.relative_to(target).as_posix(): _summarize(read_json(path))
                        for path in sorted(target.rglob(RESULTS))}}


def _summarize(results):
    sections, settings = results['sections'], results['settings']
    methods = {}
    for group in results['groups']:
        runs = [run for run in results['runs'] if run['method'] == group['method']
                and run['config'] == group['config']]
        acted = [run['acted'] for run in runs if run['acted'] is not None]
        methods[group['label']] = {
            'config': group['config'], 'seeds': group['seeds'],
            'updates': [run['step'] for run in runs],
            'acted': _rounded(sum(acted) / len(acted)) if acted else None,
            **{column: _interval(sections.get(section, {}).get('groups', {})
                                 .get(group['label'], {}).get(key))
               for column, section, key in MEASURES}}
    real = {config: {'judge log-lik.': _interval(found['judge']),
                     'repetition': _interval(found['repetition'])}
            for config, found in sections['likelihood']['held_out'].items()}
    copied = _interval(sections.get('memorization', {}).get('held_out', {}).get('longest_run'))
    return {
        'checkpoint': settings['checkpoint'], 'melodies': settings['melodies_used'],
        'events_of_each': settings['num_steps'], 'command': settings['command'],
        'methods': methods, 'held_out_melodies': real, 'held_out_longest_copy': copied,
        'verdicts': {config: [_verdict(each) for each in found]
                     for config, found in results['verdicts'].items()},
        'as_published': [
            {'statement': statement, 'quantity': own['quantity'], 'seeds': own['seeds']}
            for statement, own in sections.get('published', {}).get('claims', {}).items()]}


def _interval(found):
    return found and {end: _rounded(found[end]) for end in ('value', 'low', 'high')}


def _rounded(value):
    return value if value is None else float(f'{value:.4g}')


def _verdict(found):
    return {'claim': found['claim'], 'statement': found['statement'],
            'verdict': found['verdict'], 'why': found['why'], 'p_holm': found['p_holm'],
            'parts': [{'part': part['part'], 'seeds': part['n_seeds'],
                       **{end: _rounded(part[end]) for end in ('value', 'low', 'high')}}
                      for part in found['parts'] if part['is_primary']]}


def pages():
    """Returns dict of Path to the text that each page has by results.json."""
    summary = read_json(FOLDER / RESULTS)
    found = {page: with_verdicts(page.read_text(), summary) for page in (README, PAGE)}
    for name, study in summary.items():
        folder = FOLDER / name
        found[folder / 'README.md'] = study_page(
            name, study, _introduction(name), folder, [column for column, *_ in MEASURES])
    return found


def _introduction(name):
    """Returns what the comment at the head of a study's file says."""
    head = itertools.takewhile(lambda line: line.startswith('#'),
                               (STUDIES / f'{name}.yaml').read_text().splitlines())
    return '\n'.join(line[1:].strip() for line in head)


def main(studies):
    for study in studies:
        publish(study)
    for page, text in pages().items():
        page.write_text(text)


if __name__ == '__main__':
    main(sys.argv[1:])
