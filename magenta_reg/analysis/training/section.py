"""What the methods did while training: a look at whether they did what they are for."""

from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.training.figures import draw_methods

_TEXTS = texts('training')


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section; it has no figure if no run has metrics of its own."""
    del comparison
    drawn = draw_methods(groups)
    return Section('methods', _TEXTS['TITLE'], _TEXTS['TEXT'],
                   [report_figure('training', 'methods', drawn)] if drawn else [])
