"""What the methods did while training: a look at whether they did what they are for."""

from magenta_reg.analysis.comparison.curves import read_curve
from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure, report_table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.training.figures import draw_methods
from magenta_reg.runs.metrics import acted_share
from magenta_reg.runs.run import Run

_TEXTS = texts('training')


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section; it has no figure or table if no run has metrics of its own."""
    del comparison
    drawn, shares = draw_methods(groups), acted_shares(groups)
    rows = [[display(label), step, share] for label, (step, share) in shares.items()]
    return Section(
        'methods', _TEXTS['TITLE'], _TEXTS['TEXT'],
        [report_figure('training', 'methods', drawn)] if drawn else [],
        [report_table('training', 'acted', ['run', 'updates', 'share of updates'], rows)] if rows
        else [],
        numbers={'acted': {label: share for label, (_, share) in shares.items()}} if rows else {},
        notes=[_TEXTS['NEVER_ACTED'].format(run=display(label))
               for label, (_, share) in shares.items() if share == 0])


def acted_shares(groups):
    """Returns the updates of each run that has an `acted_share`, and that: dict by label."""
    shares = {run.label: (int(read_curve(run.run_dir, 'train', 'loss').steps[-1]),
                          acted_share(Run(run.run_dir).metrics_path))
              for group in groups for run in group.runs}
    return {label: found for label, found in shares.items() if found[1] is not None}
