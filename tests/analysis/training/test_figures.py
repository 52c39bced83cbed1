"""What the methods did in training is drawn from metrics.csv, and only where there is any."""

import io
from types import SimpleNamespace

import numpy as np
from PIL import Image

from magenta_reg.analysis.report.style import image_of
from magenta_reg.analysis.training.figures import draw_methods

COLOURS = {'scheduled_sampling': (0, 158, 115), 'professor_forcing': (213, 94, 0)}


def groups_of(folder, columns_of_runs):
    """Makes groups of one run with a metrics.csv of given columns."""
    groups = []
    for method, columns in columns_of_runs.items():
        run_dir = folder / method
        run_dir.mkdir()
        lines = [','.join(['step,split,loss', *columns])]
        for step in range(10, 1001, 10):
            lines.append(','.join([f'{step},train,2.0', *(
                str(value(step)) for value in columns.values())]))
            if step % 100 == 0:
                lines.append(f'{step},eval,2.1' + ',' * len(columns))
        (run_dir / 'metrics.csv').write_text('\n'.join(lines) + '\n')
        groups.append(SimpleNamespace(label=method, method=method,
                                      runs=[SimpleNamespace(run_dir=run_dir)]))
    return groups


def sampling(step):
    return min(0.001 * step, 0.5)


def accuracy(step):
    return 0.7 + 0.1 * np.sin(step)


def pixels_of(drawn):
    return np.asarray(Image.open(io.BytesIO(image_of(drawn, 'png'))).convert('RGB'), int)


def num_pixels(drawn, colour):
    return (np.abs(pixels_of(drawn) - np.array(colour)).max(axis=2) < 12).sum()


def test_there_is_no_figure_without_a_method_that_has_one(tmp_path):
    assert draw_methods(groups_of(tmp_path, {'baseline': {}})) is None


def test_each_method_adds_its_panels_in_its_colour(tmp_path):
    gates = {'discriminator_accuracy': accuracy, 'generator_gate': lambda step: step % 20 / 10,
             'discriminator_gate': lambda step: 1}
    (tmp_path / 'both').mkdir()
    (tmp_path / 'one').mkdir()
    one = draw_methods(groups_of(tmp_path / 'one', {
        'baseline': {}, 'scheduled_sampling': {'sampling_probability': sampling}}))
    both = draw_methods(groups_of(tmp_path / 'both', {
        'scheduled_sampling': {'sampling_probability': sampling}, 'professor_forcing': gates}))
    assert num_pixels(one, COLOURS['scheduled_sampling']) > 500
    assert num_pixels(one, COLOURS['professor_forcing']) == 0
    assert num_pixels(both, COLOURS['scheduled_sampling']) > 500
    assert num_pixels(both, COLOURS['professor_forcing']) > 1000
    assert len(pixels_of(both)) == 3 * len(pixels_of(one))


def test_a_group_of_several_seeds_has_a_line_each_and_one_name(tmp_path):
    columns = {'scheduled_sampling': {'sampling_probability': sampling}}
    first, = groups_of(tmp_path, columns)
    first.runs *= 3
    drawn = draw_methods([first])
    axis, = drawn.axes
    assert len(axis.lines) == 3
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ['scheduled sampling']


def test_the_accuracy_on_held_out_melodies_is_that_of_the_evaluations(tmp_path):
    group, = groups_of(tmp_path, {'professor_forcing': {'discriminator_accuracy': accuracy}})
    path = group.runs[0].run_dir / 'metrics.csv'
    path.write_text('step,split,loss,discriminator_accuracy,discriminator_accuracy_held_out\n'
                    '50,train,2.0,0.9,\n50,eval,2.0,,0.7\n100,train,2.0,0.9,\n100,eval,2.0,,0.6\n')
    axis, = draw_methods([group]).axes
    assert [line.get_ydata().tolist() for line in axis.lines] == [[0.9, 0.9], [0.7, 0.6]]
