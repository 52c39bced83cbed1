#!/usr/bin/env python
"""Brings finished studies into docs/results, and prints the tables of its pages.

    python scripts/results.py publish FOLDER ...   copies what results.md shows of studies
    python scripts/results.py tables               prints the tables of README and results.md

A study's folder there has its name: results.json of each report, figures, and study.yaml, which is
the study with every default in it. docs/results/results.json has the main numbers of all of them.
"""

import json
import shutil
import sys
from pathlib import Path

from magenta_reg.analysis.analyze import RESULTS
from magenta_reg.analysis.protocol.seconds import read_timing
from magenta_reg.base.files import read_json, write_json
from magenta_reg.study.report import ANALYSIS
from magenta_reg.study.study import STUDY

FOLDER = Path(__file__).resolve().parents[1] / 'docs' / 'results'
README = FOLDER.parents[1] / 'README.md'
# README's columns.
COLUMNS = {'performances': 'e-Competition', 'folk': 'folk tunes',
           'folk_tenth': 'a tenth of the folk tunes'}
PAGE = FOLDER / 'results.md'
# Column, section, key in a group's numbers.
MEASURES = (
    ('held-out loss', 'losses', 'held_out'), ('training loss', 'losses', 'training'),
    ('states: MMD²', 'states', 'mmd'), ('own log-lik.', 'likelihood', 'own'),
    ('own less real', 'calibration', 'log_likelihood'), ('judge log-lik.', 'likelihood', 'judge'),
    ('repetition', 'likelihood', 'repetition'), ('longest copy', 'memorization', 'longest_run'))


def publish(study):
    """Copies what results.md shows of a study's folder, and adds its numbers to the summary."""
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
        for figure in (results.parent / 'figures').glob('*.png'):
            if f']({name}/{folder / figure.name})' in PAGE.read_text():
                shutil.copy(figure, report)
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
                     for config, found in results['verdicts'].items()}}


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


def methods_table(report):
    """Returns the table of a report's methods, a str of Markdown."""
    columns = [column for column, *_ in MEASURES]
    rows = [['method', 'seeds', 'updates', 'acted', *columns]]
    rows += [[label.replace('_', ' '), str(len(own['seeds'])),
              f'{min(own["updates"])} to {max(own["updates"])}',
              '' if own['acted'] is None else f'{own["acted"]:.2f}',
              *(_cell(own[column]) for column in columns)]
             for label, own in report['methods'].items()]
    for own in report['held_out_melodies'].values():
        found = {**own, 'longest copy': report['held_out_longest_copy']}
        rows.append(['held-out melodies', '', '', '',
                     *(_cell(found.get(column)) for column in columns)])
    return _markdown(rows)


def claims_table(report):
    """Returns the table of a report's verdicts with their effects, a str of Markdown."""
    rows = [['finding', 'verdict', 'differences with 95% intervals', 'seeds']]
    for found in (each for own in report['verdicts'].values() for each in own):
        is_tested = found['p_holm'] is not None
        verdict = f'**{found["verdict"]}**' + (f', p = {found["p_holm"]:.2g}' if is_tested else '')
        rows.append([found['statement'], verdict, _effects(found['parts']) if is_tested else
                     found['why'], str(found['parts'][0]['seeds'] or '')])
    return _markdown(rows)


def _effects(parts):
    """Returns the differences of a claim's parts, those of one quantity together."""
    quantities = {}
    for part in parts:
        quantity, _, what = part['part'].replace('_', ' ').partition(': ')
        quantities.setdefault(quantity, []).append(f'{what} {_cell(part)}')
    return '<br>'.join(f'{quantity}: {"; ".join(own)}' for quantity, own in quantities.items())


def verdicts_table(summary, names):
    """Returns the published findings' verdicts in some studies' main reports, as Markdown.

    Args:
        summary: dict, what results.json holds.
        names: dict of study to its column's title.
    """
    found = {name: {each['statement']: each['verdict']
                    for each in summary[name]['reports']['.']['verdicts']['basic_rnn']
                    if not each['claim'].startswith('calibrated')}
             for name in names}
    statements = list(dict.fromkeys(each for own in found.values() for each in own))
    return _markdown([['published finding', *names.values()],
                      *([statement, *(found[name].get(statement, '-') for name in names)]
                        for statement in statements)])


def _cell(found):
    if not found or found['value'] is None:
        return ''
    numbers = [found[end] for end in ('value', 'low', 'high')]
    digits = 3 if max(map(abs, numbers)) >= 0.01 else 4
    value, low, high = (f'{number:.{digits}f}' for number in numbers)
    return f'{value} [{low}, {high}]'


def _markdown(rows):
    head, *body = ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join([head, '|' + '---|' * len(rows[0]), *body])


def tables():
    """Returns dict of page to the list of tables that it has, str of Markdown."""
    summary = read_json(FOLDER / RESULTS)
    shown = {name: title for name, title in COLUMNS.items() if name in summary}
    return {README: [verdicts_table(summary, shown)],
            PAGE: [table(report) for study in summary.values()
                                    for report in study['reports'].values()
                                    for table in (methods_table, claims_table)]}


def main(command, *studies):
    if command == 'publish':
        for study in studies:
            publish(study)
        return
    for page, own in tables().items():
        print(page.name, *own, sep='\n\n', end='\n\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
