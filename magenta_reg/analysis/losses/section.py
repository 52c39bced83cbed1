"""Do the losses show less overfitting: curves, their gap, held-out melodies, Magenta's way."""

from magenta_reg.analysis.losses.curves import loss_curves, magentas_way
from magenta_reg.analysis.losses.figures import draw_loss_curves, draw_magentas_way
from magenta_reg.analysis.losses.measure import cached_losses
from magenta_reg.analysis.losses.tables import curve_tables, held_out_table, run_rows
from magenta_reg.analysis.report.claims import EVALUATION, TRAINING, Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import Estimate, plain
from magenta_reg.analysis.statistics.paired import all_differences

_TEXTS = texts('losses')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    curves = [loss_curves(group) for group in groups]
    rows = run_rows(comparison, groups, curves)
    measured, notes = cached_losses(comparison, groups)
    way = magentas_way(curves)
    differences = {f'held-out loss, {name} checkpoint': all_differences(
        each.loss_nats, comparison.seed, each.sample.num_events)
        for name in ('best', 'last') for each in [measured[f'held_out_{name}']]}
    tables = [*curve_tables(rows, groups), held_out_table(measured, groups, comparison.seed),
              *difference_table('losses', 'loss_differences', differences)]
    return Section('losses', _TEXTS['TITLE'], _TEXTS['TEXT'], _figures(curves, way), tables,
                   {groups[0].encoding: _for_claims(measured)},
                   _numbers(groups, measured, rows, way, differences, comparison.seed),
                   [*notes, *_notes(curves)])


def _figures(curves, way):
    figures = []
    if any(each.evaluation is not None for each in curves):
        figures.append(report_figure('losses', 'loss_curves', draw_loss_curves(curves)))
        if all(each.gap is None for each in curves):
            figures[0] = figures[0]._replace(caption=_TEXTS['CURVES_WITHOUT_GAP'])
    drawn = draw_magentas_way(curves)
    if drawn:
        figures.append(report_figure('losses', 'magentas_way', drawn,
                                     conclusion=display(way['conclusion'])))
    return figures


def _for_claims(measured):
    found = {quantity: measured[name] for quantity, name in (
        (EVALUATION, 'held_out_last'), (TRAINING, 'training')) if name in measured}
    return Measured({quantity: each.loss_nats for quantity, each in found.items()},
                    {quantity: each.sample.num_events for quantity, each in found.items()})


def _numbers(groups, measured, rows, way, differences, seed):
    nothing = {'training': Estimate().plain()}
    numbers = {group.label: {
        **nothing, **{name: each.mean(group.label, seed).plain()
                      for name, each in measured.items()},
        'runs': [{column.replace(' ', '_'): value for column, value in row.items()}
                 for row in rows[group.label]]} for group in groups}
    encoding = groups[0].encoding
    samples = {name: {'melodies': len(sample.melodies), 'of': sample.num_usable,
                      'events': int(sample.num_events.sum())}
               for name, key in (('held_out', 'held_out_last'), ('training', 'training'))
               if key in measured for sample in [measured[key].sample]}
    return {'groups': numbers, 'samples': {encoding: samples},
            'magentas_way': {encoding: plain(way)}, 'differences': plain_differences(differences)}


def _notes(curves):
    """Names the curves that runs do not have, a sentence for each kind."""
    runs = {}
    for label, field in [missing for each in curves for missing in each.missing]:
        runs.setdefault(field, []).append(label)
    return [_TEXTS[f'NO_{field.upper()}'].format(runs=display(', '.join(labels)))
            for field, labels in runs.items()]
