"""The commands as a user types them: what works, and what ends in one line and exit status 2."""

import ast
import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.cli import train
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import example_record
from tests.cli.conftest import COMMANDS
from tests.small import make_melodies


def assert_refused(result, *words):
    """Asserts exit status 2 and one line that names everything in `words`."""
    assert result.status == 2
    assert result.err.count('\n') == 1, result.err
    for word in words:
        assert word in result.err


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """A folder with training and evaluation examples and one trained run."""
    folder = tmp_path_factory.mktemp('commands')
    for name, seed, num_melodies in (('training', 0, 12), ('eval', 1, 3)):
        with open(folder / f'{name}.tfrecord', 'wb') as file:
            for melody in make_melodies(num_melodies, seed):
                file.write(example_record(melody, ENCODINGS['basic_rnn'].codec))
    (folder / 'experiment.yaml').write_text(
        'method: teacher_forcing\nconfig: basic_rnn\n'
        'hparams: {rnn_layer_sizes: [8, 8], batch_size: 8, dropout_keep_prob: 1.0}\n')
    train.COMMAND.run(train.main, [
        f'--experiment={folder}/experiment.yaml', f'--run_dir={folder}/run',
        f'--sequence_example_file={folder}/training.tfrecord',
        f'--eval_sequence_example_file={folder}/eval.tfrecord', '--num_training_steps=4'])
    return folder


@pytest.mark.parametrize('name', COMMANDS)
def test_help_names_every_flag_and_loads_nothing_heavy(name):
    code = (f'import sys; from magenta_reg.cli import {name} as command\n'
            f'try: command.COMMAND.run(command.main, ["--help"])\n'
            f'except SystemExit as stop: assert stop.code == 0\n'
            f'heavy = ["tensorflow", "note_seq", "magenta", "matplotlib", "sklearn", "librosa"]\n'
            f'sys.exit(str([name for name in heavy if name in sys.modules] or ""))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ''
    for flag in COMMANDS[name].COMMAND.flags:
        if len(flag) > 1:
            assert f'--{flag}\n' in done.stdout


def defined_flags(module):
    """Returns the names of the flags that a module of Magenta's defines, read off its source."""
    # Magenta's scripts cannot be imported together: they define the same flags in one place.
    spec = importlib.util.find_spec('magenta')
    path = Path(spec.origin).parent / 'models' / 'melody_rnn' / f'{module}.py'
    return {node.args[0].value for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            and node.func.attr.startswith('DEFINE_')}


@pytest.mark.parametrize('name', ['create_dataset', 'train', 'generate'])
def test_every_flag_of_magentas_command_is_there(name):
    magentas = defined_flags(f'melody_rnn_{name}') | defined_flags('melody_rnn_config_flags')
    assert {'config', 'hparams', 'log'} < magentas
    assert not magentas - set(COMMANDS[name].COMMAND.flags)


def test_eval_evaluates_the_newest_checkpoint_on_a_set_smaller_than_a_batch(call, files):
    result = call('train', f'--run_dir={files}/run',
                  f'--sequence_example_file={files}/eval.tfrecord', '--eval')
    assert result.status == 0
    with open(files / 'run' / 'metrics.csv') as file:
        rows = [row for row in csv.DictReader(file) if row['split'] == 'eval']
    assert [row['step'] for row in rows] == ['4']
    assert f'loss {float(rows[0]["loss"]):.4f} nats/event' in result.out


def test_generate_writes_midi_files_with_their_log_likelihoods(call, files, tmp_path):
    result = call('generate', f'--run_dir={files}/run', f'--output_dir={tmp_path}',
                  '--num_outputs=3', '--num_steps=40', '--primer_melody=[60, -2, 64]', '--qpm=90')
    assert result.status == 0
    note_seq = import_note_seq()
    with open(tmp_path / 'generated.csv') as file:
        rows = list(csv.DictReader(file))
    assert sorted(row['file'] for row in rows) == sorted(
        path.name for path in tmp_path.glob('*.mid'))
    for row in rows:
        assert row['num_events'] == '37'
        assert float(row['nats_per_event']) == pytest.approx(
            float(row['log_likelihood_nats']) / 37)
        sequence = note_seq.midi_file_to_sequence_proto(str(tmp_path / row['file']))
        assert sequence.tempos[0].qpm == pytest.approx(90, rel=1e-4)
        assert [note.pitch for note in sequence.notes[:2]] == [60, 64]


def test_the_same_seed_generates_the_same_melodies(call, files, tmp_path):
    likelihoods = []
    for folder, seed in (('a', 5), ('b', 5), ('c', 6)):
        call('generate', f'--run_dir={files}/run', f'--output_dir={tmp_path / folder}',
             '--num_outputs=2', f'--seed={seed}')
        with open(tmp_path / folder / 'generated.csv') as file:
            likelihoods.append([row['log_likelihood_nats'] for row in csv.DictReader(file)])
    assert likelihoods[0] == likelihoods[1] != likelihoods[2]


def test_a_primer_midi_gives_the_beginning_and_the_tempo(call, files, tmp_path):
    note_seq = import_note_seq()
    primer = note_seq.Melody([62, -2, 65, -2, 69, -2, -2, -2])
    note_seq.sequence_proto_to_midi_file(primer.to_sequence(qpm=100), str(tmp_path / 'primer.mid'))
    result = call('generate', f'--run_dir={files}/run', f'--output_dir={tmp_path / "out"}',
                  '--num_outputs=1', f'--primer_midi={tmp_path / "primer.mid"}', '--qpm=60')
    assert result.status == 0
    sequence = note_seq.midi_file_to_sequence_proto(str(next((tmp_path / 'out').glob('*.mid'))))
    assert sequence.tempos[0].qpm == pytest.approx(100, rel=1e-4)
    assert [note.pitch for note in sequence.notes[:3]] == [62, 65, 69]


@pytest.mark.parametrize(('name', 'argv', 'words'), [
    ('train', ['--run_dri=x'], ['run_dri', 'run_dir']),
    ('train', ['--num_training_steps=many'], ['num_training_steps', 'many']),
    ('train', [], ['--run_dir is required']),
    ('train', ['--run_dir={tmp}/new'], ['--sequence_example_file is required']),
    ('train', ['--run_dir={tmp}/new', '--sequence_example_file={files}/training.tfrecord'],
     ['--config is required']),
    ('train', ['--run_dir={tmp}/new', '--sequence_example_file={files}/training.tfrecord',
               '--config=basic'], ["'basic'", "'basic_rnn'"]),
    ('train', ['--run_dir={tmp}/new', '--sequence_example_file={files}/training.tfrecord',
               '--config=basic_rnn', '--hparams=batchsize=3'], ["'batchsize'", "'batch_size'"]),
    ('train', ['--run_dir={tmp}/new', '--sequence_example_file={tmp}/none.tfrecord',
               '--config=basic_rnn'], ['none.tfrecord']),
    ('train', ['--run_dir={tmp}/new', '--sequence_example_file={files}/training.tfrecord',
               '--config=lookback_rnn'], ['38', '121', 'basic_rnn']),
    ('train', ['--run_dir={files}/training.tfrecord/run', '--config=basic_rnn',
               '--sequence_example_file={files}/training.tfrecord'], ['cannot write']),
    ('train', ['--run_dir={files}/run', '--config=mono_rnn',
               '--sequence_example_file={files}/training.tfrecord'],
     ['other settings', "'basic_rnn', now 'mono_rnn'"]),
    ('train', ['--run_dir={files}/run', '--seed=3',
               '--sequence_example_file={files}/training.tfrecord'], ['seed: 0, now 3']),
    ('train', ['--run_dir={tmp}/new', '--eval',
               '--sequence_example_file={files}/eval.tfrecord'], ['no run folder']),
    ('generate', ['--run_dir={tmp}', '--output_dir={tmp}/out'], ['no run folder']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out', '--primer_melody=[60'],
     ['--primer_melody', '[60']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out', '--primer_melody=[-2, -1]'],
     ['holds no note']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out', '--num_steps=3',
                  '--primer_melody=[60, -2, 62]'], ['--num_steps=3']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out', '--temperature=-1'],
     ['temperature']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out', '--primer_midi={tmp}/no.mid'],
     ['no.mid']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out',
                  '--primer_midi={files}/training.tfrecord'], ['training.tfrecord']),
    ('generate', ['--run_dir={files}/run', '--output_dir={files}/training.tfrecord/out'],
     ['cannot write']),
    ('generate', ['--run_dir={files}/run', '--output_dir={tmp}/out', '--beam_size=0'],
     ['--beam_size=0']),
    ('study', ['--study={tmp}/none.yaml', '--output_dir={tmp}/out'], ['none.yaml']),
    ('study', ['--output_dir={tmp}/out'], ['--study is required']),
    ('study', ['--output_dir={tmp}/out', '--collect'], ['{tmp}/out/study.yaml']),
    ('study', ['--output_dir={tmp}/out', '--run=runs/a'], ['{tmp}/out/study.yaml']),
    ('study', ['--study=quick', '--output_dir={tmp}/out', '--dry_run', '--collect'],
     ['--dry_run and --collect exclude each other']),
    ('study', ['--study=quick', '--output_dir={tmp}/out', '--ray_address=here'],
     ['--ray_address=here']),
    ('study', ['--study=quick', '--output_dir={tmp}/out', '--ray_address=auto', '--jobs=2'],
     ['--jobs is for this machine alone']),
])
def test_bad_input_is_refused_in_one_line(call, files, tmp_path, name, argv, words):
    result = call(name, *[argument.format(tmp=tmp_path, files=files) for argument in argv])
    assert_refused(result, *(word.format(tmp=tmp_path) for word in words))
    assert not list(tmp_path.rglob('*.mid'))
    assert not (tmp_path / 'new').exists()


def test_a_run_without_a_checkpoint_is_named(call, files, tmp_path):
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'config.yaml').write_bytes((files / 'run' / 'config.yaml').read_bytes())
    assert_refused(call('generate', f'--run_dir={tmp_path}/run', f'--output_dir={tmp_path}/out'),
                   'no checkpoint')


def test_a_study_file_with_an_unknown_key_is_refused_before_anything_is_made(call, tmp_path):
    (tmp_path / 'study.yaml').write_text('data: {input: folk}\nexperiment: [a.yaml]\n')
    result = call('study', f'--study={tmp_path}/study.yaml', f'--output_dir={tmp_path}/out')
    assert_refused(result, "'experiment'", "'experiments'")
    assert not (tmp_path / 'out').exists()


def test_a_command_forgets_what_an_earlier_call_was_given(call, files, tmp_path):
    call('generate', f'--run_dir={files}/run', f'--output_dir={tmp_path}/a', '--num_outputs=1')
    call('generate', f'--run_dir={files}/run', f'--output_dir={tmp_path}/b')
    assert len(list((tmp_path / 'b').glob('*.mid'))) == 10


def test_bugs_keep_their_traceback(call, monkeypatch):
    monkeypatch.setattr(train, 'Run', lambda path: np.zeros(0)[1])
    with pytest.raises(IndexError):
        call('train', '--run_dir=x', '--sequence_example_file=y')
