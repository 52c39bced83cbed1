"""Do the losses show less overfitting: curves, their gap, held-out melodies, Magenta's way."""

from magenta_reg.analysis.losses.curves import group_losses, magentas_way
from magenta_reg.analysis.losses.figures import draw_loss_curves, draw_magentas_way
from magenta_reg.analysis.losses.measure import keep_losses
from magenta_reg.analysis.losses.tables import curve_tables, held_out_table, run_rows
from magenta_reg.analysis.report.claims import Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.statistics.estimate import Estimate, finite
from magenta_reg.analysis.statistics.paired import all_differences

TITLE = 'Do the losses show less overfitting?'
TEXT = (
    'The loss is how badly a network expects the next event of a melody: minus the logarithm of '
    'the probability that it gave to what came, in nats per event. A network that learns its '
    'training melodies by heart expects them better and better, and new melodies worse and worse: '
    'its training loss falls while its evaluation loss turns and rises. Both losses are measured '
    'in the same way here: the network hears the true melody up to each event, and dropout is off. '
    'Methods are compared on the very same held-out melodies, each with its own difference, at '
    'the best checkpoint (lowest evaluation loss) and at the last one.')
CURVES_CAPTION = (
    'Above: evaluation loss (solid, with marks) and training loss (dashed) against updates; lower '
    'is better. Below: the gap, evaluation minus training loss. Lines are means over seeds, bands '
    'reach from the lowest to the highest seed. The training loss is the same measure as the '
    'evaluation loss, on a fixed sample of the training melodies. The two sets of melodies are not '
    'equally hard, so a gap of 0 has no meaning of its own: compare gaps between methods and over '
    'time. A gap that widens is overfitting.')
BARE_CURVES_CAPTION = (
    'Evaluation loss against updates; lower is better. Lines are means over seeds, bands reach '
    'from the lowest to the highest seed. A curve that turns upward is overfitting. No run has the '
    'training loss in the same measure, so there is no gap to show.')
MAGENTA_CAPTION = (
    'Left: evaluation loss with dropout off. Right: the same networks with dropout left on while '
    'they are evaluated, as Magenta does it: networks trained with dropout then look worse than '
    'they are. Networks trained without are the same in both. ')
_BEST, _LAST = 'held-out loss, best checkpoint', 'held-out loss, last checkpoint'


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    losses = [group_losses(group) for group in groups]
    rows = run_rows(comparison, groups, losses)
    kept = keep_losses(comparison, groups)
    way = magentas_way(losses)
    differences = {name: all_differences(each.loss_nats, comparison.seed, each.sample.num_events)
                   for name, each in ((_BEST, kept.best), (_LAST, kept.last))}
    tables = [
        *curve_tables(rows, groups), held_out_table(kept, groups, comparison.seed),
        *difference_table(
            'loss_differences', 'Differences in held-out loss',
            'The first minus the second, in nats per event, over the same melodies: below 0, the '
            'first expects them better.', differences)]
    return Section('losses', TITLE, TEXT, _figures(losses, way), tables,
                   {groups[0].encoding: _measured(kept)},
                   _numbers(groups, kept, rows, way, differences, comparison.seed),
                   [*kept.notes, *_notes(groups, losses)])


def _figures(losses, way):
    figures = []
    if any(each.evaluation is not None for each in losses):
        caption = (CURVES_CAPTION if any(each.gap is not None for each in losses)
                   else BARE_CURVES_CAPTION)
        figures.append(report_figure('loss_curves', 'Loss curves',
                                     caption, draw_loss_curves(losses)))
    drawn = draw_magentas_way(losses)
    if drawn:
        figures.append(report_figure(
            'magentas_way', "Evaluated in Magenta's way",
            MAGENTA_CAPTION + way.conclusion.replace('_', ' '), drawn))
    return figures


def _measured(kept):
    found = kept.by_quantity()
    return Measured({quantity: each.loss_nats for quantity, each in found.items()},
                    {quantity: each.sample.num_events for quantity, each in found.items()})


def _numbers(groups, kept, rows, way, differences, seed):
    measures = {'held_out_best': kept.best, 'held_out_last': kept.last, 'training': kept.training}
    numbers = {group.label: {
        **{name: (each.mean(group.label, seed) if each else Estimate()).plain()
           for name, each in measures.items()},
        'runs': [{column.replace(' ', '_'): value for column, value in row.items()}
                 for row in rows[group.label]]} for group in groups}
    encoding = groups[0].encoding
    samples = {name: {'melodies': len(each.sample.melodies), 'of': each.sample.num_usable,
                      'events': int(each.sample.num_events.sum())}
               for name, each in (('held_out', kept.last), ('training', kept.training)) if each}
    magenta = {'step': way.step, 'changed': [list(pair) for pair in way.changed],
               'left_out': way.left_out, 'conclusion': way.conclusion,
               **{name: {label: finite(loss) for label, loss in order.items()}
                  for name, order in (('exact', way.exact), ('magenta', way.magenta))}}
    return {'groups': numbers, 'samples': {encoding: samples},
            'magentas_way': {encoding: magenta}, 'differences': plain_differences(differences)}


def _notes(groups, losses):
    """Puts notes that say the same of several runs together."""
    runs = {}
    labels = sorted((run.label for group in groups for run in group.runs), key=len, reverse=True)
    for note in [note for each in losses for note in each.notes]:
        label = next(label for label in labels if note.startswith(f'{label} '))
        runs.setdefault(note.removeprefix(f'{label} '), []).append(label)
    return [f'{", ".join(labels)}: {"each " if len(labels) > 1 else ""}{why}.'.replace('_', ' ')
            for why, labels in runs.items()]
