"""The tables of likelihood."""

from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import difference_table
from magenta_reg.analysis.report.texts import texts

_TEXTS = texts('likelihood')


def likelihood_tables(likelihoods, rows, differences, groups, seed):
    """Returns list of Table: a row a group, all differences, and the matrix for the file.

    Args:
        likelihoods: GroupLikelihoods.
        rows: dict of generator to dict of quantity to Estimate, of `summarize`.
        differences: dict of quantity to dict of (label, label) to Estimate.
        groups: list of Group.
        seed: int, of the intervals.
    """
    seeds = {group.label: group.n_seeds for group in groups}
    return [
        Table('likelihood', 'Likelihood, and how dull the melodies are',
              _TEXTS['TABLE'].format(reference=display(likelihoods.reference)),
              ['melodies of', 'seeds', 'under itself [95%]', 'under the reference [95%]',
               'repetition [95%]', 'entropy of events [95%]'],
              [[label, seeds.get(label), *row.values()] for label, row in rows.items()]),
        *difference_table('likelihood_differences', 'Differences in likelihood',
                          _TEXTS['DIFFERENCES'], differences),
        Table('likelihood_matrix', 'The matrix', '', ['melodies of', *likelihoods.scorers],
              [[generator, *(likelihoods.mean(generator, scorer, seed)
                             for scorer in likelihoods.scorers)]
               for generator in likelihoods.generators], is_shown=False)]
