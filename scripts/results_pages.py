"""The pages of docs/results: a page a study, and the verdicts in README and results.md."""

import re

# A study's column in the tables of verdicts.
TITLES = {'performances': 'e-Competition', 'folk': 'folk tunes',
          'folk_tenth': 'a tenth of the folk tunes', 'lookback': 'the same, lookback_rnn',
          'attention': 'the same, attention_rnn', 'oracle_motif': 'oracle: a motif that repeats',
          'oracle_lstm': 'oracle: an LSTM'}
# Figures of a study's page, with what is said of them, and of its report at the end of training.
FIGURES = {
    'overview': 'Loss on new melodies, states told apart, likelihood under the judge, repetition; '
                'with 95% intervals.',
    'loss_curves': 'Validation (solid) and training loss (dashed) over updates, and their '
                   'difference. Means over seeds; bands are the lowest and highest.',
    'states_tsne': 'Hidden states by t-SNE: grey in training, coloured in generation.',
    'oracle_errors': 'The error of the next event by position, after own events (solid) and after '
                     'true ones (dashed), and their ratio.'}
FIGURES_AT_END = ('overview',)
# The report at the end of training, where there is one.
AT_END = 'last'

_LEGEND = (
    'Numbers in brackets are 95% intervals. *acted*: the share of updates up to that checkpoint in '
    'which the method did what it is for. *own less real*: how much likelier the network finds its '
    'own melodies than held-out ones. *longest copy*: events of the longest passage shared with '
    "the training set; the held-out melodies' own number is the floor.")
_ERRORS = '*error*: KL(oracle || network), nats per event.'
_P = ('p is corrected for the published findings (Holm); whether networks expect their own '
      'melodies as real ones is a question of ours and is corrected by itself. What seeds can '
      'decide: [docs/comparison.md](../../comparison.md).')
_AS_PUBLISHED = (
    "The same networks by the numbers of Magenta's scripts, dropout left on, each seed by itself: "
    'in how many the finding holds, whatever the difference.')
_MARKED = re.compile(r'(<!-- verdicts(?:: (?P<names>[\w, ]+))? -->\n).*?(<!-- end -->)', re.DOTALL)


def study_page(name, study, introduction, folder, measures):
    """Returns the Markdown of a study's page.

    Args:
        name: str, of the study.
        study: dict, what results.json holds of it.
        introduction: str, what the study is.
        folder: Path of the page: figures that are there are shown.
        measures: list of str, columns of the table of methods.
    """
    reports = dict(study['reports'])
    main, at_end = reports.pop('.'), reports.pop(AT_END, None)
    hours = sum(study['hours_of_one_core'].values())
    parts = [
        f'# {name}', introduction,
        f'    melody_rnn_reg_study --study={name} --output_dir={name}',
        f'{main["melodies"]:,} held-out melodies of {main["events_of_each"]} events; all numbers '
        f'are of each network\'s {main["checkpoint"]} checkpoint. It took {hours:.1f} hours of one '
        'core, the report not counted.',
        *_figures(folder, '', ('overview',)), methods_table(main, measures),
        f'{_LEGEND} {_ERRORS}' if (folder / 'oracle_errors.png').exists() else _LEGEND,
        *_figures(folder, '', [each for each in FIGURES if each != 'overview']),
        claims_table(main), _P,
        *(['## Read as it was published', _AS_PUBLISHED, published_table(main)]
          if main['as_published'] else [])]
    if at_end:
        parts += ['## At the end of training',
                  'The same networks at their last checkpoint (`--checkpoint=last`).',
                  *_figures(folder, f'{AT_END}/', FIGURES_AT_END),
                  methods_table(at_end, measures), claims_table(at_end)]
    return '\n\n'.join(parts) + '\n'


def _figures(folder, place, names):
    return [f'![{FIGURES[name]}]({place}{name}.png)\n\n{FIGURES[name]}' for name in names
            if (folder / f'{place}{name}.png').exists()]


def with_verdicts(text, summary):
    """Returns a page's text with the tables between its marks as the summary has them."""
    def table(match):
        names = match['names'].split(', ') if match['names'] else list(TITLES)
        shown = {name: TITLES[name] for name in names if name in summary}
        return f'{match[1]}\n{verdicts_table(summary, shown)}\n\n{match[3]}'

    return _MARKED.sub(table, text)


def methods_table(report, measures):
    """Returns the table of a report's methods, with the columns that there is something in."""
    columns = [column for column in measures
               if any(own[column] for own in report['methods'].values())]
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
    """Returns the table of a report's verdicts with their effects."""
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


def published_table(report):
    """Returns the table of the findings read seed by seed."""
    return _markdown([['finding', 'quantity', 'holds in'], *(
        [own['statement'], own['quantity'], own['seeds']] for own in report['as_published'])])


def verdicts_table(summary, titles):
    """Returns the published findings' verdicts in some studies' main reports.

    Args:
        summary: dict, what results.json holds.
        titles: dict of study to its column's title.
    """
    found = {name: {each['statement']: each['verdict']
                    for own in summary[name]['reports']['.']['verdicts'].values() for each in own
                    if not each['claim'].startswith('calibrated')}
             for name in titles}
    statements = list(dict.fromkeys(each for own in found.values() for each in own))
    return _markdown([['published finding', *titles.values()],
                      *([statement, *(found[name].get(statement, '-') for name in titles)]
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
