"""How often a method did more than maximize the likelihood, in words."""


def acted_text(method, share):
    """Returns a line on what `acted_share` returned of a method's run."""
    if share == 0:
        return (f'{method} never acted: acted is 0 in every row of metrics.csv, so the likelihood '
                'alone trained this network, as teacher_forcing would have')
    return f'{method} acted in {100 * share:.3g}% of the updates'
