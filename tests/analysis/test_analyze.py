"""The whole comparison on models without TensorFlow, and what it writes."""

import csv
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from magenta_reg.analysis import analyze as analyze_module
from magenta_reg.analysis.analyze import analyze
from magenta_reg.analysis.comparison.cache import Cache
from magenta_reg.analysis.exposure.measure import cached_exposures
from magenta_reg.analysis.likelihood import section as likelihood_section
from magenta_reg.analysis.likelihood.measure import cached_likelihoods
from magenta_reg.analysis.losses.measure import cached_losses
from magenta_reg.analysis.music.section import cached_music
from magenta_reg.analysis.sections import measure_run
from magenta_reg.analysis.states.measure import cached_states
from magenta_reg.base.errors import UserError
from magenta_reg.cli import analyze as command
from tests.analysis.fake_comparison import make_comparison
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


@pytest.fixture(scope='module')
def analyzed(tmp_path_factory):
    """The folder and the numbers of a comparison of four runs."""
    folder = tmp_path_factory.mktemp('analyzed')
    with pytest.MonkeyPatch.context() as monkeypatch:
        run_dirs = make_runs(folder, monkeypatch, MODELS, MELODIES)
        numbers = analyze(run_dirs, 'D/eval.tfrecord', folder / 'A', num_melodies=20,
                          num_steps=40, training_file='D/training.tfrecord')
    return folder / 'A', numbers


def test_it_returns_what_results_json_holds(analyzed):
    folder, numbers = analyzed
    assert json.loads((folder / 'results.json').read_text()) == json.loads(json.dumps(numbers))


def test_what_a_process_measures_of_a_run_is_not_measured_again(tmp_path, monkeypatch):
    comparison = make_comparison(tmp_path, monkeypatch, MODELS[:1], MELODIES)
    comparison = pickle.loads(pickle.dumps(comparison))  # As another process has it.
    measure_run(comparison, comparison.runs[0].label)
    cached = [path.name for path in (tmp_path / 'cache').iterdir()]
    assert len(cached) == comparison.cache.num_computed == 9
    cached_states(comparison, comparison.runs[0])
    cached_music(comparison, comparison.runs[0])
    for measure in (cached_losses, cached_likelihoods, cached_exposures):
        measure(comparison, comparison.groups)
    assert comparison.cache.num_computed == 9


def test_every_figure_is_there_to_see_and_to_print_and_every_table_to_read(analyzed):
    folder, _ = analyzed
    files = {str(path.relative_to(folder)) for path in folder.rglob('*')
             if path.is_file() and path.suffix != '.pickle'}
    figures = {Path(name).stem for name in files if name.endswith('.png')}
    assert figures
    assert files == {'report.html', 'listening.html', 'results.json', 'compute.json',
                     *(f'figures/{name}.{end}' for name in figures for end in ('png', 'svg')),
                     *(name for name in files if name.startswith('tables/'))}
    for name in figures:
        pixels = np.asarray(Image.open(folder / 'figures' / f'{name}.png').convert('L'))
        assert pixels.std() > 1, name
        ElementTree.parse(folder / 'figures' / f'{name}.svg')
    assert (folder / 'tables' / 'verdicts.csv').exists()
    for table in (folder / 'tables').iterdir():
        with open(table, newline='') as file:
            header, *rows = csv.reader(file)
        assert rows, table
        assert {len(row) for row in rows} == {len(header)}, table


def test_a_judge_is_recorded_with_its_weights_and_in_the_command(tmp_path, monkeypatch):
    judge = MarkovModel(0.5 * TRUTH + 0.5 * FAR, 'judge')
    *run_dirs, judge_dir = make_runs(tmp_path, monkeypatch, [*MODELS[:2], judge], MELODIES)
    monkeypatch.setattr(analyze_module, 'SECTIONS', [likelihood_section.make_section])
    numbers = analyze(run_dirs, 'D', tmp_path / 'A', num_steps=40, judge_run_dirs=[judge_dir])
    (recorded,) = numbers['judges']
    assert recorded['weights_sha256'] == judge.weights_sha256()
    assert f'--judge_run_dirs={judge_dir}' in numbers['settings']['command']
    groups = numbers['sections']['likelihood']['groups']
    assert all(groups[label]['judge']['value'] < 0 for label in ('baseline', 'dropout'))
    assert [note for note in numbers['notes'] if note.startswith('What the judge ')]


def test_runs_of_another_encoding_are_judged_apart(analyzed):
    folder, numbers = analyzed
    assert set(numbers['verdicts']) == {'basic_rnn', 'lookback_rnn'}
    words = {verdict['verdict'] for verdict in numbers['verdicts']['lookback_rnn']}
    assert words == {'not tested'}
    assert 'cannot be compared' in (folder / 'report.html').read_text()


def test_the_report_needs_nothing_but_itself(analyzed):
    page = (analyzed[0] / 'report.html').read_text()
    # Names of SVG's own vocabulary are no links.
    text = page.replace('http://www.w3.org/2000/svg', '')
    assert not re.search(r'https?://|<script [^>]*src|@import|url\(', text)
    for source in re.findall(r'(?:src|href)="([^"]*)"', text):
        assert source.startswith(('data:', '#')) or source == 'listening.html', source[:60]


def test_no_figure_is_wider_than_its_place_or_has_text_below_12_pixels(analyzed):
    for path in (analyzed[0] / 'figures').glob('*.svg'):
        # In points: the page shows 72 of them as 96 pixels, and is 1,009 wide beside the contents.
        svg = path.read_text()
        sizes = [float(size) for size in re.findall(r'font(?:-size)?: (?:\w+ )*?([\d.]+)px', svg)]
        assert len(sizes) >= svg.count('<text'), path.name
        assert min(sizes) * 96 / 72 >= 12, path.name
        assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) * 96 / 72 <= 1009, path.name


def test_the_report_names_runs_and_the_way_to_make_it_again(analyzed):
    folder, numbers = analyzed
    page = (folder / 'report.html').read_text()
    for run in numbers['runs']:
        assert run['label'].replace('_', ' ') in page
        assert run['weights_sha256'] in page
        assert run['acted'] == pytest.approx(2 / 3)
    assert '--sequence_example_file=D/eval.tfrecord' in page
    assert '--training_sequence_example_file=D/training.tfrecord' in page
    assert '--num_melodies=20 --num_steps=40 --primer_steps=16 --num_continuations=2' in page


def test_what_is_known_is_not_computed_again(tmp_path, monkeypatch):
    run_dirs = make_runs(tmp_path, monkeypatch, MODELS[:2], MELODIES)
    caches, generated = [], []

    class RememberedCache(Cache):
        def __init__(self, folder):
            super().__init__(folder)
            caches.append(self)

    monkeypatch.setattr(analyze_module, 'Cache', RememberedCache)
    for model in MODELS[:2]:
        def spy(*args, model=model, original=model.generate, **options):
            generated.append(model.name)
            return original(*args, **options)
        monkeypatch.setattr(model, 'generate', spy)

    numbers = [analyze(run_dirs, 'D', tmp_path / 'A', num_melodies=10, num_steps=30)
               for _ in range(2)]
    assert numbers[0] == numbers[1]
    assert (caches[0].num_computed > 0, caches[1].num_computed) == (True, 0)
    assert caches[1].num_found > 0

    before = len(generated)
    assert set(generated) == {'baseline', 'dropout'}
    monkeypatch.setattr(analyze_module, 'SECTIONS', [likelihood_section.make_section])
    monkeypatch.setattr(MODELS[1], 'transitions', 0.5 * TRUTH + 0.5 * FAR)
    analyze(run_dirs, 'D', tmp_path / 'A', num_melodies=10, num_steps=30)
    # Only what depends on the run that changed.
    assert set(generated[before:]) == {'dropout'}

    # Curves of the losses are in metrics.csv: a run that was trained further is another run.
    before = len(generated)
    with open(run_dirs[0] / 'metrics.csv', 'a', encoding='utf-8') as file:
        file.write('\n')
    analyze(run_dirs, 'D', tmp_path / 'A', num_melodies=10, num_steps=30)
    assert set(generated[before:]) == {'baseline'}


@pytest.mark.parametrize(('flag', 'message'), [
    ({'num_continuations': 0}, '--num_continuations=0: at least 1'),
    ({'checkpoint': 'newest'}, "unknown --checkpoint 'newest'")])
def test_arguments_out_of_range_are_errors_that_name_them(tmp_path, monkeypatch, flag, message):
    run_dirs = make_runs(tmp_path, monkeypatch, MODELS[:1], MELODIES)
    with pytest.raises(UserError, match=message):
        analyze(run_dirs, 'D', tmp_path / 'A', num_steps=30, **flag)


@pytest.fixture
def one_section(monkeypatch):
    """A quick section alone, for what does not depend on them."""
    monkeypatch.setattr(analyze_module, 'SECTIONS', [likelihood_section.make_section])


@pytest.mark.usefixtures('one_section')
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


@pytest.mark.usefixtures('one_section')
def test_the_command_prints_the_verdicts_and_where_the_report_is(tmp_path, monkeypatch, capsys):
    run_dirs = make_runs(tmp_path, monkeypatch, MODELS[:1], MELODIES)
    command.COMMAND.run(command.main, [
        f'--run_dirs={run_dirs[0]}', '--sequence_example_file=D',
        f'--output_dir={tmp_path / "A"}', '--num_melodies=10', '--num_steps=26'])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == '10 held-out melodies'
    assert printed[1] == ''
    header, baseline, real, blank, *judged = printed[2:-1]
    assert header.split('  ')[0] == 'method'
    assert baseline.split()[:2] == ['baseline', '1']
    assert real.startswith('held-out melodies')
    assert len(header) == len(baseline) == len(real)
    assert blank == ''
    assert judged
    assert all(line.startswith('  not tested  ') for line in judged)
    assert printed[-1] == f'Report: {tmp_path / "A" / "report.html"}'


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


def test_melodies_that_are_not_held_out_are_said_first(analyzed):
    folder, numbers = analyzed
    assert numbers['notes'][0].startswith('Not all held out: 30 of the 30 melodies in D/eval')
    page = (folder / 'report.html').read_text(encoding='utf-8')
    assert page.index('Not all held out') < page.index('<h2')
