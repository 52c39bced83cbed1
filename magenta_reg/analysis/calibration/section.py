"""Does a network take its own melodies for what real ones are to it?"""

from magenta_reg.analysis.calibration.figures import draw_calibration
from magenta_reg.analysis.calibration.measure import cached_gaps, summarize
from magenta_reg.analysis.report.claims import (
    ENTROPY_GAP,
    MARGIN_OF,
    OWN_GAP,
    Measured,
)
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure, report_table
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import Estimate

_TEXTS = texts('calibration')
_COLUMNS = ['method', 'seeds', 'log-likelihood, own minus held-out [95%]', 'p (equivalence)',
            'entropy, after own minus after true [95%]', 'p (equivalence), entropy']


@per_encoding
def make_section(comparison, groups):
    """Returns the Section; it is empty where no network has finite numbers."""
    seed, encoding = comparison.seed, groups[0].encoding
    edges, gaps = cached_gaps(comparison, groups)
    if not all(gaps.values()):
        return Section('calibration', _TEXTS['TITLE'], _TEXTS['TEXT'])
    margins = {quantity: comparison.margins[MARGIN_OF[quantity]] for quantity in gaps}
    rows = summarize(gaps, margins, seed)
    nothing = (Estimate(), None)
    cells = {label: [*row.get(OWN_GAP, nothing), *row.get(ENTROPY_GAP, nothing)]
             for label, row in rows.items()}
    figure = report_figure('calibration', 'calibration', draw_calibration(
        edges, gaps, margins, groups, seed), margin=margins[OWN_GAP])
    table = report_table('calibration', 'calibration', _COLUMNS, [
        [label, (own[0].n_seeds or own[2].n_seeds), *own] for label, own in cells.items()])
    return Section(
        'calibration', _TEXTS['TITLE'], _TEXTS['TEXT'], [figure], [table],
        {encoding: Measured(gaps={quantity: {label: values.mean(axis=2)
                                             for label, values in own.items()}
                                  for quantity, own in gaps.items()})},
        {'groups': {label: {'log_likelihood': own[0].plain('p', 'n_seeds', 'n_melodies'),
                            'p_equivalent_log_likelihood': own[1],
                            'entropy': own[2].plain('p', 'n_seeds', 'n_melodies'),
                            'p_equivalent_entropy': own[3]} for label, own in cells.items()}})
