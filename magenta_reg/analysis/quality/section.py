"""Is the music good, and is it varied? Both likelihoods over the temperature of generation."""

from magenta_reg.analysis.quality.curves import TEMPERATURES, temperature_rows
from magenta_reg.analysis.quality.figures import draw_temperatures
from magenta_reg.analysis.quality.measure import MAX_MELODIES, cached_curve, judges_of
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure, report_table
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.report.texts import texts

GENERATED_NLL = 'NLL of its melodies under the judge'
REAL_NLL = 'NLL of held-out melodies under it'
_COLUMNS = ['method', 'temperature', f'{GENERATED_NLL} [95%]', f'{REAL_NLL} [95%]', 'seeds']
_TEXTS = texts('quality')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section; of methods without a judge it says only why."""
    curves = {group.label: [cached_curve(comparison, run) for run in group.runs]
              for group in groups if all(judges_of(comparison, run) for run in group.runs)}
    unjudged = [group.label for group in groups if group.label not in curves]
    notes = [_TEXTS['NO_JUDGE'].format(methods=', '.join(unjudged))] if unjudged else []
    judge = _TEXTS['JUDGE' if comparison.judges else 'REFERENCE'].format(reference=groups[0].label)
    section = Section('quality', _TEXTS['TITLE'], _TEXTS['TEXT'].format(judge=judge), notes=notes)
    return section._replace(**_shown(comparison, groups, curves)) if curves else section


def _shown(comparison, groups, curves):
    """Returns the Section's figures, tables and numbers of a dict of label to TemperatureCurves."""
    figure = report_figure(
        'quality', 'quality_temperatures',
        draw_temperatures(curves, looks_of(comparison.groups), comparison.seed,
                          (REAL_NLL, GENERATED_NLL, 'held-out melodies under the judge')),
        lowest=TEMPERATURES[0], highest=TEMPERATURES[-1])
    rows = temperature_rows(curves, comparison.seed)
    table = report_table('quality', 'quality', _COLUMNS,
                         [[*row, len(curves[row[0]])] for row in rows],
                         melodies=min(MAX_MELODIES, len(comparison.held_out.melodies)))
    numbers = {'temperatures': [
        {'config': groups[0].encoding, 'method': label, 'temperature': temperature,
         'generated_nll': generated.plain(), 'real_nll': real.plain()}
        for label, temperature, generated, real in rows]}
    return {'figures': [figure], 'tables': [table], 'numbers': numbers}
