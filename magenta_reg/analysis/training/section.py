"""What the methods did while training: a look at whether they did what they are for."""

from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure, report_table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.training.figures import draw_methods
from magenta_reg.analysis.training.measure import acted_shares, mean_shares

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
        measured=mean_shares(groups, shares),
        numbers={'acted': {label: share for label, (_, share) in shares.items()}} if rows else {},
        notes=[_TEXTS['NEVER_ACTED'].format(run=display(label))
               for label, (_, share) in shares.items() if share == 0])
