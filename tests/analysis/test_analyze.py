"""The whole comparison on models without TensorFlow, and what it writes."""

import base64
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from magenta_reg.analysis.analyze import analyze
from magenta_reg.cli import analyze as command
from magenta_reg.errors import UserError
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_runs, make_transitions

TRUTH = make_transitions(0)
MELODIES = make_melodies(TRUTH, 30, 48)
FAR = make_transitions(1)
MODELS = [
    MarkovModel(0.7 * TRUTH + 0.3 * FAR, 'baseline'),
    MarkovModel(FAR, 'dropout'),
    MarkovModel(TRUTH, 'scheduled_sampling'),
    MarkovModel(TRUTH, 'scheduled_sampling', seed=1, encoding='lookback_rnn'),
]
FIGURES = ('hidden_states', 'losses', 'likelihoods')


@pytest.fixture(scope='module')
def analyzed(tmp_path_factory):
    """The folder and the numbers of a comparison of four runs."""
    folder = tmp_path_factory.mktemp('analyzed')
    with pytest.MonkeyPatch.context() as monkeypatch:
        run_dirs = make_runs(folder, monkeypatch, MODELS, MELODIES)
        numbers = analyze(run_dirs, 'D/eval.tfrecord', folder / 'A', num_melodies=20,
                          num_steps=40)
    return folder / 'A', numbers


def test_it_returns_what_results_json_holds(analyzed):
    folder, numbers = analyzed
    assert json.loads((folder / 'results.json').read_text()) == json.loads(json.dumps(numbers))


def test_nothing_else_is_left_behind(analyzed):
    folder, _ = analyzed
    files = {str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file()}
    assert files == {'report.html', 'results.json', *(f'figures/{name}.png' for name in FIGURES)}


def test_the_far_model_is_told_apart_and_the_true_one_is_not(analyzed):
    _, numbers = analyzed
    far, true = (numbers['runs'][index]['two_sample'] for index in (1, 2))
    assert far['mean'] - 0.5 > 4 * far['standard_error']
    assert abs(true['mean'] - 0.5) < 3 * true['standard_error']
    assert true['n'] == 20


def test_the_reference_is_the_first_run(analyzed):
    _, numbers = analyzed
    baseline, dropout, *_ = numbers['runs']
    assert numbers['settings']['reference'] == 'baseline'
    assert baseline['log_likelihood_self'] == baseline['log_likelihood_reference']
    matrix = numbers['likelihood_matrix']['log_likelihood']
    assert dropout['log_likelihood_reference'] == matrix[1][0]
    assert dropout['log_likelihood_self'] == matrix[1][1]


def test_no_other_model_finds_melodies_as_likely_as_the_one_that_made_them(analyzed):
    # The expected log-likelihood of samples is highest under their own distribution (Gibbs).
    means = [[cell['mean'] for cell in row[:3]]
             for row in analyzed[1]['likelihood_matrix']['log_likelihood'][:3]]
    assert np.argmax(means, axis=1).tolist() == [0, 1, 2]


def test_a_run_of_another_encoding_has_its_own_likelihood_only(analyzed):
    folder, numbers = analyzed
    lookback = numbers['runs'][3]
    assert lookback['label'] == 'scheduled_sampling (seed 1)'
    assert lookback['log_likelihood_reference'] is None
    assert lookback['log_likelihood_self']['n'] == 20
    matrix = numbers['likelihood_matrix']
    assert matrix['log_likelihood'][3][:3] == [None] * 3
    assert len(matrix['per_melody'][4][3]) == 20
    assert 'likelihoods do not compare between them' in (folder / 'report.html').read_text()


def test_the_figures_are_drawn_in_the_colours_of_the_methods(analyzed):
    folder, _ = analyzed
    colours = {'baseline': (0, 114, 178), 'dropout': (230, 159, 0), 'sampling': (0, 158, 115)}
    for name in FIGURES:
        pixels = np.asarray(Image.open(folder / 'figures' / f'{name}.png').convert('RGB'), int)
        assert pixels.shape[1] == 900
        assert pixels.min() < 80
        for method, colour in colours.items():
            # Points are drawn thin and half transparent: look for the tint, not the very colour.
            tint = (pixels - 255) @ (np.array(colour) - 255)
            lengths = np.linalg.norm(pixels - 255, axis=-1) * np.linalg.norm(
                np.array(colour) - 255)
            alike = (tint > 0.99 * lengths) & (lengths > 10000)
            assert alike.sum() > 100, (name, method)


def test_the_report_needs_nothing_but_itself(analyzed):
    page = (analyzed[0] / 'report.html').read_text()
    assert not re.search(r'https?://|<script|<link|@import|url\(', page)
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == len(FIGURES)
    for source, name in zip(sources, FIGURES, strict=True):
        header, content = source.split(',', 1)
        assert header == 'data:image/png;base64'
        png = base64.b64decode(content, validate=True)
        Image.open(io.BytesIO(png)).verify()
        assert png == (analyzed[0] / 'figures' / f'{name}.png').read_bytes()


def test_the_report_names_runs_numbers_and_the_way_to_make_it_again(analyzed):
    folder, numbers = analyzed
    page = (folder / 'report.html').read_text()
    for run in numbers['runs']:
        assert run['label'].replace('_', ' ') in page
        assert f'{run["two_sample"]["mean"]:.3f}' in page
        assert f'{run["log_likelihood_self"]["mean"]:.3f}'.replace('-', '\u2212') in page
    assert '--sequence_example_file=D/eval.tfrecord' in page
    assert '--num_melodies=20 --num_steps=40 --primer_steps=16' in page
    assert 'never distances between panels' in page
    assert 'tensorflow' in page


def test_text_of_a_run_cannot_break_the_page(tmp_path, monkeypatch):
    models = [MarkovModel(TRUTH, 'a<b>&"c"')]
    analyze(make_runs(tmp_path, monkeypatch, models, MELODIES), 'D', tmp_path / 'A',
            num_melodies=10, num_steps=26)
    page = (tmp_path / 'A' / 'report.html').read_text()
    assert 'a<b>' not in page
    assert 'a&lt;b&gt;&amp;' in page


def test_too_few_melodies_leave_no_folder_behind(tmp_path, monkeypatch):
    run_dirs = make_runs(tmp_path, monkeypatch, MODELS[:1], MELODIES[:9])
    with pytest.raises(UserError, match='9 of 9 held-out melodies have 48 events'):
        analyze(run_dirs, 'D', tmp_path / 'A', num_steps=48)
    assert not (tmp_path / 'A').exists()


def test_the_command_prints_a_table_and_where_the_report_is(tmp_path, monkeypatch, capsys):
    run_dirs = make_runs(tmp_path, monkeypatch, MODELS[:1], MELODIES)
    command.COMMAND.run(command.main, [
        f'--run_dirs={run_dirs[0]}', '--sequence_example_file=D',
        f'--output_dir={tmp_path / "A"}', '--num_melodies=10', '--num_steps=26'])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == '10 held-out melodies; nats per event'
    assert printed[2].startswith('baseline')
    assert printed[3] == f'Report: {tmp_path / "A" / "report.html"}'


@pytest.mark.parametrize(('argv', 'message'), [
    (['--run_dirs=R', '--sequence_example_file='], '--sequence_example_file is required'),
    (['--run_dirs=nowhere', '--sequence_example_file=D', '--output_dir=A'],
     'no such run folder: nowhere'),
    (['--run_dirs=,', '--sequence_example_file=D', '--output_dir=A'], '--run_dirs is empty'),
])
def test_bad_flags_are_one_line_and_status_2(argv, message, capsys):
    with pytest.raises(SystemExit) as exit_info:
        command.COMMAND.run(command.main, argv)
    assert exit_info.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count('\n') == 1


def test_importing_the_analysis_loads_no_heavy_library():
    code = ('import sys, magenta_reg.cli.analyze, magenta_reg.analysis.analyze\n'
            'heavy = {"tensorflow", "matplotlib", "sklearn", "openTSNE", "note_seq", "magenta", '
            '"jinja2"}\n'
            'assert not heavy & set(sys.modules), heavy & set(sys.modules)')
    subprocess.run([sys.executable, '-c', code], check=True)
