"""Do the losses show less overfitting: curves, their gap, held-out melodies, Magenta's way."""

from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.losses.curves import loop_loss, loss_curves, magentas_way
from magenta_reg.analysis.losses.figures import draw_loss_curves, draw_magentas_way
from magenta_reg.analysis.losses.measure import cached_losses, find_checkpoints, other_checkpoint
from magenta_reg.analysis.losses.tables import curve_table, run_rows, run_table, sample_table
from magenta_reg.analysis.report.claims import EVALUATION, LOOP_LOSS, TRAINING, Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import Estimate, plain
from magenta_reg.analysis.statistics.paired import all_differences
from magenta_reg.base.errors import UserError
from magenta_reg.runs.checkpoints import checkpoint_step

_TEXTS = texts('losses')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section: of the comparison's checkpoint, and of the other one in own tables."""
    curves = [loss_curves(group) for group in groups]
    steps = {run.label: run.model.step for group in groups for run in group.runs}
    rows = run_rows(comparison, groups, curves, steps)
    measured, notes = cached_losses(comparison, groups)
    way = magentas_way(curves)
    held_out = measured['held_out']
    differences = {'held-out loss': all_differences(
        held_out.loss_nats, seeds_of(groups), comparison.seed, held_out.sample.num_events)}
    others, other_tables, other_notes = _others(comparison, groups, curves)
    tables = [*curve_table(rows, groups),
              sample_table(measured, groups, comparison.seed, 'held_out_losses'),
              *difference_table('losses', 'loss_differences', differences),
              *run_table(rows, 'loss_runs'), *other_tables]
    return Section('losses', _TEXTS['TITLE'],
                   _TEXTS['TEXT'].format(checkpoint=_TEXTS[f'CHECKPOINT_{comparison.checkpoint}']),
                   _figures(curves, way), tables,
                   {groups[0].encoding: _for_claims(measured, groups)},
                   _numbers(groups, measured, others, rows, way, differences, comparison.seed),
                   [*notes, *other_notes, *_notes(curves)])


def _others(comparison, groups, curves):
    """Returns dict of the other checkpoint to its `cached_losses`, Tables, and notes."""
    other = other_checkpoint(comparison)
    try:
        checkpoints = find_checkpoints(groups, other)
    except UserError as error:
        return {}, [], [_TEXTS['NO_OTHER'].format(checkpoint=other, reason=error)]
    if not checkpoints:
        return {}, [], []
    measured, _ = cached_losses(comparison, groups, checkpoints)
    steps = {label: checkpoint_step(checkpoint) for label, checkpoint in checkpoints.items()}
    rows = run_rows(comparison, groups, curves, steps)
    return {other: measured}, [
        sample_table(measured, groups, comparison.seed, f'held_out_losses_{other}'),
        *run_table(rows, f'loss_runs_{other}')], []


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


def _for_claims(measured, groups):
    found = {quantity: measured[name] for quantity, name in (
        (EVALUATION, 'held_out'), (TRAINING, 'training')) if name in measured}
    return Measured({quantity: each.loss_nats for quantity, each in found.items()},
                    {quantity: each.sample.num_events for quantity, each in found.items()},
                    per_seed={LOOP_LOSS: {group.label: [loop_loss(run.run_dir, run.model.step)
                                                        for run in group.runs]
                                          for group in groups}})


def _numbers(groups, measured, others, rows, way, differences, seed):
    def means(found, label):
        return {name: each.mean(label, seed).plain() for name, each in found.items()}

    nothing = {'training': Estimate().plain()}
    numbers = {group.label: {
        **nothing, **means(measured, group.label),
        **{f'at_{other}': means(found, group.label) for other, found in others.items()},
        'runs': [{column.replace(' ', '_'): value for column, value in row.items()}
                 for row in rows[group.label]]} for group in groups}
    encoding = groups[0].encoding
    samples = {name: {'melodies': len(sample.melodies), 'of': sample.num_usable,
                      'events': int(sample.num_events.sum())}
               for name, each in measured.items() for sample in [each.sample]}
    return {'groups': numbers, 'samples': {encoding: samples},
            'magentas_way': {encoding: plain(way)}, 'differences': plain_differences(differences)}


def _notes(curves):
    """Names the curves that runs do not have, a sentence for each kind."""
    runs = {}
    for label, field in [missing for each in curves for missing in each.missing]:
        runs.setdefault(field, []).append(label)
    return [_TEXTS[f'NO_{field.upper()}'].format(runs=display(', '.join(labels)))
            for field, labels in runs.items()]
