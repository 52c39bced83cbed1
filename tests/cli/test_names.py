"""Folders and files of any legal name: the commands do in them what they do in others."""

import csv
import json
import os
import subprocess
import sys

import pytest

from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples
from tests.cli.conftest import COMMANDS
from tests.small import make_melodies, write_examples

NAMES = ['-a*b?{c}[1]\\, %s"\'', '~new\nline ', os.fsdecode(b' \xd6[\xd0')]
SMALL = ('--config=basic_rnn', '--hparams=rnn_layer_sizes=[4],batch_size=4,dropout_keep_prob=1.0')


def succeed(name, *argv):
    """Runs a command that must end well."""
    COMMANDS[name].COMMAND.run(COMMANDS[name].main, list(map(str, argv)))


def train(folder, name='run'):
    """Trains to step 2, then to step 4. Returns metrics.csv."""
    files = {part: write_examples(folder / f'{part}.tfrecord', make_melodies(12, seed, 40),
                                  ENCODINGS['basic_rnn'])
             for part, seed in (('training', 0), ('eval', 1))}
    for num_steps in (2, 4):
        succeed('train', f'--run_dir={folder / name}', f'--num_training_steps={num_steps}',
                f'--sequence_example_file={files["training"]}', '--eval_every=2',
                f'--eval_sequence_example_file={files["eval"]}', '--summary_frequency=1', *SMALL)
    return (folder / name / 'metrics.csv').read_text()


@pytest.fixture(scope='module')
def plain(tmp_path_factory):
    """A folder with a plain name, and the metrics.csv of its run."""
    folder = tmp_path_factory.mktemp('plain')
    return folder, train(folder)


@pytest.mark.parametrize('name', NAMES)
def test_training_goes_on_and_is_evaluated_and_heard_in_a_folder_of_any_name(
        plain, tmp_path, monkeypatch, name):
    folder = tmp_path / name
    folder.mkdir()
    assert train(folder, name) == plain[1]
    run, examples = folder / name, folder / 'eval.tfrecord'
    assert {path.name.partition('.')[0] for path in (run / 'train').iterdir()} == {
        'model', 'checkpoint', 'events'}
    succeed('train', f'--run_dir={run}', f'--sequence_example_file={examples}', '--eval')
    monkeypatch.chdir(folder)
    for origin in (f'--run_dir={name}', f'--checkpoint_file={run / "train"}',
                   f'--checkpoint_file={run}/train/model.ckpt-4', '--bundle_file=./x.mag'):
        if 'bundle' in origin:
            succeed('generate', f'--run_dir={name}', origin, '--save_generator_bundle')
        flags = () if 'run_dir' in origin else SMALL
        succeed('generate', origin, f'--output_dir={name}/{name}', '--overwrite', *flags,
                '--num_outputs=2', '--num_steps=20', f'--primer_from={examples}',
                f'--training_file={examples}', '--output_format=midi,tfrecord', '--html')
        with open(folder / name / name / 'generated.csv', encoding='utf-8', newline='') as file:
            rows = list(csv.DictReader(file))
        assert {row['file'] for row in rows} == {
            path.name for path in (run / name).glob('*.mid')}


@pytest.mark.slow
@pytest.mark.parametrize('name', ['run[1]\n', os.fsdecode(b' \xd6, ')])
def test_runs_in_folders_of_any_name_are_compared(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    train(folder, f'{name}1')
    succeed('analyze', f'--run_dirs={folder}/{name}1', f'--output_dir={folder}/{name}2',
            f'--sequence_example_file={folder}/eval.tfrecord', '--num_steps=30',
            '--primer_steps=8', '--num_melodies=10')
    text = (folder / f'{name}2' / 'results.json').read_bytes().decode()
    assert not [value for value in json.loads(text)['runs'][0]['run_dir'] if ord(value) < 32]
    (folder / f'{name}2' / 'report.html').read_bytes().decode()


@pytest.mark.parametrize('name', NAMES)
def test_data_sets_are_made_and_read_in_folders_of_any_name(tmp_path, tune, name):
    music = tmp_path / name / 'in'
    music.mkdir(parents=True)
    for number in range(9):
        (music / f'{name}{number}.mid').write_bytes(tune)
    output = tmp_path / name / name
    succeed('create_dataset', *SMALL[:1], f'--input={music}', f'--output_dir={output}',
            '--eval_ratio=0.0')
    report = json.loads((output / 'dataset.json').read_text(encoding='utf-8'))
    json.dumps(report, ensure_ascii=False).encode()
    assert report['pieces_read'] == 9
    for pattern in ('training_melodies.tfrecord', 'train*.tfrecord'):
        assert read_examples(output / pattern, ENCODINGS['basic_rnn']).events


def test_a_file_that_is_called_like_a_pattern_goes_over_what_the_pattern_matches(tmp_path):
    for name, seed in (('melodies[1].tfrecord', 1), ('melodies1.tfrecord', 2)):
        write_examples(tmp_path / name, make_melodies(2, seed), ENCODINGS['basic_rnn'])
    found = read_examples(tmp_path / 'melodies[1].tfrecord', ENCODINGS['basic_rnn'])
    assert [list(events) for events in found.events] == [
        list(events) for events in make_melodies(2, 1)]


def test_a_name_that_is_not_utf_8_is_escaped_in_tables_and_on_a_strict_terminal(
        plain, tmp_path, tune):
    primer = tmp_path / os.fsdecode(b'\xd6\xd0.mid')
    primer.write_bytes(tune)
    done = subprocess.run(
        [sys.executable, '-c', 'from magenta_reg.cli.generate import *; console_entry_point()',
         f'--run_dir={plain[0]}/run', f'--primer_midi={primer}', '--num_outputs=2',
         b'--output_dir=' + bytes(tmp_path) + b'/\xd6out', '--num_steps=400', '--html',
         '--output_format=midi,musicxml,png,tfrecord'],
        capture_output=True, check=False, env={**os.environ, 'PYTHONIOENCODING': 'utf-8:strict'})
    assert done.returncode == 0, done.stderr
    assert b'\\udcd6out' in done.stdout
    folder = tmp_path / os.fsdecode(b'\xd6out')
    with open(folder / 'generated.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['primer'] for row in rows} == {f'{tmp_path}/\\udcd6\\udcd0.mid'}
    assert len(list(folder.glob('*.mid'))) == len(rows) == 2
    (folder / 'index.html').read_bytes().decode()
