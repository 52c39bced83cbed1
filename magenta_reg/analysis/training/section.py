"""What the methods did while training: a look at whether they did what they are for."""

from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.training.figures import draw_methods

CAPTION = (
    'Scheduled sampling: the probability with which an update feeds the event that the model '
    'sampled and not the true one. Professor forcing: how often its discriminator tells '
    'teacher-forced from free-running behaviour in the batch at hand, running means; at 0.5 '
    'it knows nothing, at 1 the network hides nothing. Below the lower gate the network does '
    'not learn from it, above the upper one it does not learn itself.')


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section; it has no figure if no run has numbers of its own."""
    del comparison
    drawn = draw_methods(groups)
    return Section(
        'methods', 'What the methods did in training',
        'Figures of training that only scheduled sampling and professor forcing have.',
        [report_figure('methods', 'What was sampled, and how the discriminator fared', CAPTION,
                       drawn)] if drawn else [])
