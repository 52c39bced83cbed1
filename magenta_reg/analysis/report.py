"""The report: one HTML page that needs nothing but itself."""

import base64
from typing import NamedTuple

from magenta_reg.analysis.figures import display
from magenta_reg.analysis.report_page import PAGE


class Figure(NamedTuple):
    """A figure of the report.

    Attributes:
        name: str, also its file's name, without .png.
        title: str.
        caption: str, how to read it.
        png: bytes.
    """

    name: str
    title: str
    caption: str
    png: bytes


def hidden_states_caption(numbers):
    """Returns how to read the t-SNE panels."""
    settings = numbers['settings']
    return (
        f'Hidden states of all layers, one panel a run: grey after the true events of held-out '
        f'melodies, coloured after events that the model sampled itself from the same '
        f'{settings["primer_steps"]} first events. If colour and grey lie over each other, the '
        f'model is in the same states in generation as in training. Each panel is an embedding of '
        f'its own, of a few whole melodies: compare colour with grey within a panel, never '
        f'distances between panels. What decides is the number above: how often a classifier '
        f'tells the two apart on melodies it has not seen '
        f'(n = {numbers["runs"][0]["two_sample"]["n"]} melodies, ± one standard error over '
        f'melodies). 0.5 means alike; the floor is the same number where there is no difference.')


def losses_caption(numbers):
    """Returns how to read the loss curves."""
    return (
        'Dashed: loss of the training batches, smoothed, with the dropout or sampling of the '
        'method in it, so it compares between methods only with care. Solid: loss on the '
        'evaluation set, teacher-forced and without dropout, the same measure for all. A solid '
        'line that turns upwards while the dashed one falls is overfitting. The first updates '
        'may lie above the frame.')


def methods_caption():
    """Returns how to read what the methods did while training."""
    return (
        'Scheduled sampling: the probability with which an update feeds the event that the model '
        'sampled and not the true one. Professor forcing: how often its discriminator tells '
        'teacher-forced from free-running behaviour in the batch at hand, running means; at 0.5 '
        'it knows nothing, at 1 the network hides nothing. Below the lower gate the network does '
        'not learn from it, above the upper one it does not learn itself.')


def likelihood_caption(numbers):
    """Returns how to read the likelihood strips."""
    settings, reference = numbers['settings'], display(numbers['settings']['reference'])
    text = (
        f'Each point is one melody: mean log-likelihood of its events '
        f'{settings["primer_steps"]} to {settings["num_steps"] - 1} (counted from 0; the primer '
        f'does not count), temperature 1; right is likelier. Diamonds are means, bars 95% '
        f'bootstrap intervals over the {settings["num_melodies"]} melodies. (a) Each model scores '
        f'its own melodies and, grey, the held-out ones: where its own lie to the right, they are '
        f'more predictable than real ones. (b) One reference model, {reference}, scores all: '
        f'likely there is what resembles its own. A repetitive melody is likely, too: read this '
        f'with the repetition in the table.')
    return text + _encodings_note(numbers)


def _encodings_note(numbers):
    configs = sorted({run['config'] for run in numbers['runs']})
    if len(configs) == 1:
        return ''
    return (f' The runs have different encodings ({", ".join(configs)}): their classes differ, '
            'so likelihoods do not compare between them, and only runs of the same encoding '
            'score each other.')


def render_report(numbers, figures, run_configs):
    """Renders the page.

    Args:
        numbers: dict, as `results.to_numbers` makes it.
        figures: list of Figure.
        run_configs: dict of run label to str, the text of its config.yaml.

    Returns:
        str, HTML with the figures in it and no link to anything outside.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)
    environment.filters.update(
        display=display, number=_number, estimate=_estimate, accuracy=_accuracy,
        base64=lambda png: base64.b64encode(png).decode())
    return environment.from_string(PAGE).render(
        numbers=numbers, figures=figures, run_configs=run_configs,
        encodings_note=_encodings_note(numbers))


def _number(value):
    return '\u2013' if value is None else f'{value:.3f}'.replace('-', '\u2212')


def _estimate(estimate):
    from markupsafe import Markup

    if estimate is None:
        return '\u2013'
    return Markup('{}<br><small>[{}, {}]</small>').format(
        *(_number(estimate[key]) for key in ('mean', 'low', 'high')))


def _accuracy(accuracy):
    from markupsafe import Markup

    return Markup('{:.3f}<br><small>± {:.3f}</small>').format(
        accuracy['mean'], accuracy['standard_error'])
