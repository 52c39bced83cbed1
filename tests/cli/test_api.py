"""From Python: what the commands do, by the same names, and objects that show themselves."""

import inspect
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import symusic

import magenta_reg
from magenta_reg import api
from magenta_reg.base.errors import UserError
from magenta_reg.base.interrupts import Stopped
from magenta_reg.extraction.melodies import MelodyRules
from magenta_reg.generation.primers import primer_of_events
from magenta_reg.generation.scoring import ScoredMelody, ScoredMusic
from magenta_reg.outputs.formats import OUTPUT_FORMATS
from magenta_reg.training.train import Schedule
from tests.cli.conftest import COMMANDS
from tests.small import EXPERIMENT_FILES

SMALL = 'rnn_layer_sizes=[6],batch_size=4'
NO_ARGUMENT = {'help', 'h', 'verbosity', 'log', 'generator_id', 'generator_description',
               'melody_encoder_decoder'}
FLAGS_OF_EVALUATION = {'eval', 'checkpoint', 'num_eval_examples'}


@pytest.fixture
def music(fill, midi_bytes):
    """A folder of twelve tunes in twelve folders."""
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    return fill({f'tune{number}/a.mid': midi_bytes([*scale[number % 8:], *scale] * (number + 5))
                 for number in range(12)})


@pytest.fixture
def model(trained_run):
    return magenta_reg.load(trained_run(EXPERIMENT_FILES[0], 'basic_rnn').run.folder)


@pytest.mark.parametrize(('name', 'others'), [
    ('create_dataset', NO_ARGUMENT), ('train', NO_ARGUMENT | FLAGS_OF_EVALUATION)])
def test_functions_have_the_flags_of_their_command_and_their_defaults(name, others):
    flags = COMMANDS[name].COMMAND.flags
    parameters = inspect.signature(getattr(magenta_reg, name)).parameters
    assert set(parameters) == set(flags) - others
    for flag, parameter in parameters.items():
        if flag != 'num_workers' and parameter.default is not parameter.empty:
            assert parameter.default == flags[flag].default, flag
        assert flag in getattr(magenta_reg, name).__doc__
    settings = MelodyRules if name == 'create_dataset' else Schedule
    for flag, default in settings._field_defaults.items():
        assert parameters[flag].default == default, flag


def test_python_makes_the_data_set_and_the_run_of_the_commands(music, tmp_path, call):
    dataset = magenta_reg.create_dataset(
        music, tmp_path / 'python', config='basic_rnn', eval_ratio=0.3, transpositions='-1..1',
        min_bars=2)
    shown = call('create_dataset', '--config=basic_rnn', f'--input={music}', '--eval_ratio=0.3',
                 f'--output_dir={tmp_path}/shell', '--transpositions=-1..1', '--min_bars=2')
    assert shown.out.splitlines()[:-1] == str(dataset).replace('/python/', '/shell/').splitlines()
    paths = {part: summary.path for part, summary in dataset.parts.items()}
    assert set(paths) == {'training', 'eval'}
    for path in paths.values():
        assert path.read_bytes() == (tmp_path / 'shell' / path.name).read_bytes()
    result = magenta_reg.train(
        tmp_path / 'run', paths['training'], eval_sequence_example_file=paths['eval'],
        config='basic_rnn', hparams=SMALL, num_training_steps=4, eval_every=2, seed=3)
    call('train', f'--run_dir={tmp_path}/other', f'--sequence_example_file={paths["training"]}',
         f'--eval_sequence_example_file={paths["eval"]}', '--config=basic_rnn', '--eval_every=2',
         f'--hparams={SMALL}', '--num_training_steps=4', '--seed=3')
    assert result.step == 4
    for name in ('metrics.csv', 'config.yaml'):
        assert (tmp_path / 'run' / name).read_bytes() == (tmp_path / 'other' / name).read_bytes()
    on = magenta_reg.train(tmp_path / 'run', paths['training'], num_training_steps=6,
                           eval_sequence_example_file=paths['eval'])
    assert on.step == magenta_reg.load(tmp_path / 'run').model.step == 6


def test_a_dry_run_writes_nothing(music, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob('*'))
    dataset = magenta_reg.create_dataset(music, 'data', config='basic_rnn', dry_run=True,
                                         eval_ratio=0.3)
    assert dataset.parts['training'].num_melodies > 0
    assert sorted(tmp_path.rglob('*')) == before


def test_a_script_without_a_guard_can_make_data_sets_with_many_processes(music, tmp_path):
    """Once TensorFlow is there, processes are spawned, and would run the script once more."""
    script = tmp_path / 'script.py'
    script.write_text(
        'import magenta_reg\nfrom magenta_reg.base.compat import tf\ntf.constant\n'
        f'dataset = magenta_reg.create_dataset({str(music)!r}, dry_run=True, num_workers=2,\n'
        "                                     config='basic_rnn', eval_ratio=0.3)\n"
        'print(len(dataset.outcomes))\n')
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stdout == '12\n', done.stderr


def test_melodies_are_what_the_sequences_are(model, tmp_path):
    arguments = {'num_outputs': 3, 'num_steps': 20, 'seed': 4, 'primer_melody': [60, -2, 64]}
    melodies = model.generate_melodies(**arguments)
    assert [melody.sequence() for melody in melodies] == model.generate_sequences(**arguments)
    likelihood = model.log_likelihood([melody.events for melody in melodies], primer_steps=3)
    np.testing.assert_allclose([melody.log_likelihood for melody in melodies],
                               likelihood.total_nats, rtol=1e-5)
    melodies[1].save(tmp_path / 'second.mid')
    notes = symusic.Score(tmp_path / 'second.mid').tracks[0].notes
    assert [note.pitch for note in notes] == [
        note.pitch for note in melodies[1].sequence().notes]
    assert repr(melodies[:1]) == f'<1 melody: {melodies.heading}>'
    assert isinstance(melodies[2], type(melodies[0]))


@pytest.mark.parametrize('suffix', [kind.suffix for kind in OUTPUT_FORMATS.values()])
def test_a_melody_is_saved_in_the_format_that_its_name_says(model, tmp_path, suffix):
    melody = model.generate_melodies(num_steps=20)[0]
    path = tmp_path / f'melody{suffix.upper()}'
    melody.save(path)
    expected = tmp_path / 'expected'
    next(kind.writer for kind in OUTPUT_FORMATS.values() if kind.suffix == suffix)(
        melody.melody(), expected)
    assert path.read_bytes() == expected.read_bytes()


def test_scores_are_those_of_the_command(model, trained_run, music, call, tmp_path):
    scored = model.score(music)
    result = call('generate', f'--score={music}', f'--score_output={tmp_path}/scores.csv',
                  f'--run_dir={trained_run(EXPERIMENT_FILES[0], "basic_rnn").run.folder}')
    assert scored.summary.text() in result.out
    rows = (tmp_path / 'scores.csv').read_text().splitlines()[1:]
    assert [row.split(',')[4] for row in rows] == [str(row.log_likelihood_nats) for row in scored]
    assert repr(scored) == f'<{scored.summary.text()}>'


class Elements(HTMLParser):
    """The elements of some HTML, and of the pages that it frames, with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], ''
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag == 'iframe':
            page = Elements(dict(attrs)['srcdoc'])
            self.found += page.found
            self.text += page.text

    def handle_data(self, data):
        self.text += data

    def named(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


def strange_melodies(model, num_outputs):
    """Returns melodies whose primer is called like markup."""
    def named(output):
        primer = primer_of_events(np.array([60, -2], np.int32), '<b>"it\'s" & x</b>.mid')
        return output._replace(primer=primer)

    melodies = model.generate_melodies(num_outputs, num_steps=20)
    melodies[:] = map(named, melodies)
    return melodies


def test_a_notebook_shows_melodies_with_player_and_piano_roll(model):
    melodies = strange_melodies(model, 12)
    for shown, number in ((melodies, 10), (melodies[:3], 3), (melodies[5], 1)):
        html = Elements(shown._repr_html_())
        assert len(html.named('audio')) == len(html.named('svg')) == number
        assert 'Primer: <b>"it\'s" & x</b>.mid' in html.text
        assert not html.named('b')
    assert 'The first 10 of 12 melodies' in Elements(melodies._repr_html_()).text
    assert 'Melody 6' in Elements(melodies[5]._repr_html_()).text


def test_a_notebook_shows_settings_scores_and_data_sets(model, music, tmp_path):
    text = Elements(model._repr_html_()).text
    for word in (repr(model)[1:-1], 'basic_rnn', 'rnn_layer_sizes', '[8, 7]'):
        assert word in text
    assert 'zoneout_prob' not in text  # Off, as always.
    scored = ScoredMusic([ScoredMelody('<i>.mid', 0, 1, 7, -14.0, -2.0, 7.389, 0.25, is_reduced=1),
                          ScoredMelody('b.mid', reason='no <i>')], 'music')
    html = Elements(scored._repr_html_())
    for word in ('<i>.mid', '-2.000', '25.0%', 'no <i>', '1 melodies, 7 events'):
        assert word in html.text
    assert not html.named('i')
    dataset = magenta_reg.create_dataset(music, tmp_path / 'data<i>', config='basic_rnn',
                                         eval_ratio=0.3)
    html = Elements(dataset._repr_html_())
    assert html.text == str(dataset)
    assert len(html.named('img')) == 1
    dataset.plot_path.unlink()
    assert not Elements(dataset._repr_html_()).named('img')


def test_what_a_notebook_shows_needs_no_network(model, music, tmp_path):
    dataset = magenta_reg.create_dataset(music, tmp_path / 'data', config='basic_rnn',
                                         eval_ratio=0.3)
    for shown in (model, model.generate_melodies(2, 20), dataset, model.score(music)):
        html = Elements(shown._repr_html_())
        sources = [attributes[name] for _, attributes in html.found
                   for name in ('src', 'href') if name in attributes]
        assert all(source.startswith('data:') for source in sources)
        assert 'url(' not in html.text
        assert 'import' not in html.text


def test_bad_input_and_an_interrupt_are_one_line_in_a_notebook():
    with pytest.raises(UserError) as refusal:
        magenta_reg.load('/nowhere')
    assert refusal.value._render_traceback_() == ['UserError: no such checkpoint: /nowhere']
    assert Stopped(2, 'stopped at step 3')._render_traceback_() == ['stopped at step 3']


@pytest.mark.parametrize(('call', 'words'), [
    (lambda path: magenta_reg.load(path), 'no checkpoint'),
    (lambda path: magenta_reg.create_dataset(path, path / 'x', config='basic_rnn'), 'no music'),
    (lambda path: magenta_reg.create_dataset(path / 'no', path / 'x', config='basic_rnn'),
     'does not exist'),
    (lambda path: magenta_reg.create_dataset('folk', path / 'x'), '--config is required'),
    (lambda path: magenta_reg.create_dataset('folk', config='basic_rnn'), '--output_dir'),
    (lambda path: magenta_reg.create_dataset('folk', '/proc/no', config='basic_rnn'), '/proc/no'),
    (lambda path: magenta_reg.create_dataset('folk', path, config='basic_rnn', min_bars=-1),
     '--min_bars=-1'),
    (lambda path: magenta_reg.train(path / 'x', path / 'no', config='basic_rnn'), 'no file'),
    (lambda path: magenta_reg.train(path / 'x', path / 'no', experiment=path / 'no.yaml'),
     'no.yaml'),
    (lambda path: magenta_reg.create_dataset('folk', path, experiment=path), str),
])
def test_bad_input_is_one_line(tmp_path, call, words):
    with pytest.raises(UserError) as refusal:
        call(tmp_path)
    assert (str(tmp_path) if words is str else words) in str(refusal.value)
    assert '\n' not in str(refusal.value)


@pytest.mark.parametrize('name', list(Schedule._fields))
def test_a_schedule_out_of_range_is_refused_by_its_name(name):
    with pytest.raises(UserError, match=f'--{name}=-1 is too small'):
        Schedule(**{name: -1}).check()


def test_melodies_are_not_saved_under_a_wrong_name(model, tmp_path):
    melodies = model.generate_melodies(num_steps=20)
    for save, name, words in ((melodies.save, 'a.mid', '.html'), (melodies[0].save, 'a', '.mid'),
                              (melodies[0].save, 'no/a.mid', 'cannot write')):
        with pytest.raises(UserError, match=words):
            save(tmp_path / name)
    melodies.save(tmp_path / 'all.html')
    assert [path.name for path in tmp_path.iterdir()] == ['all.html']


def test_help_names_what_is_exported():
    assert {'create_dataset', 'train', 'load', 'UserError'} <= set(dir(magenta_reg))
    assert magenta_reg.train is api.train
    with pytest.raises(AttributeError, match='trian'):
        magenta_reg.trian  # noqa: B018
