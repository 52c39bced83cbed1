"""Files that cannot be written, and names that TensorFlow and terminals do not take."""

import errno
import os
import resource
import subprocess
import sys

import pytest

from magenta_reg.base.files import naming, plain_path, printable, replace_text
from magenta_reg.codec.encodings import ENCODINGS
from tests.small import make_melodies, write_examples


@pytest.fixture
def small_disk():
    """A function that runs a command where no file may have more than some bytes: its stderr."""
    def run(name, num_bytes, *argv):
        done = subprocess.run(
            [sys.executable, '-c', f'from magenta_reg.cli.entry import {name}; {name}()', *argv],
            capture_output=True, text=True, check=False, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (num_bytes, num_bytes)))
        assert done.returncode == 2, done.stderr
        assert 'Traceback' not in done.stderr
        return done.stderr.splitlines()[-1]

    return run


def test_an_error_without_a_file_gets_the_name_and_others_keep_theirs(tmp_path):
    with pytest.raises(OSError, match=r'x\.csv') as error, naming('x.csv'):
        raise OSError(errno.ENOSPC, 'No space left on device')
    assert error.value.filename == 'x.csv'
    with pytest.raises(FileNotFoundError) as error, naming('x.csv'):
        (tmp_path / 'none').read_bytes()
    assert error.value.filename == str(tmp_path / 'none')


def test_a_data_set_that_does_not_fit_names_the_file_and_leaves_nothing(
        small_disk, fill, tune, tmp_path):
    music = fill({f'{number}.mid': tune for number in range(3)})
    line = small_disk('create_dataset', 2000, '--config=basic_rnn', f'--input={music}',
                      f'--output_dir={tmp_path}/out', '--eval_ratio=0', '--num_workers=1')
    assert 'File too large' in line
    assert 'training_melodies.tfrecord' in line
    assert list((tmp_path / 'out').iterdir()) == []


@pytest.mark.slow
def test_metrics_events_and_tables_that_do_not_fit_name_their_file(
        small_disk, tmp_path):
    examples = write_examples(tmp_path / 'x.tfrecord', make_melodies(9, 0), ENCODINGS['basic_rnn'])
    flags = ('--config=basic_rnn', '--hparams=rnn_layer_sizes=[2],batch_size=2',
             f'--sequence_example_file={examples}')
    line = small_disk('train', 1200, *flags, f'--run_dir={tmp_path}/run', '--summary_frequency=1',
                      '--num_training_steps=99')
    assert 'File too large' in line
    assert f'{tmp_path}/run/' in line
    subprocess.run([sys.executable, '-c', 'from magenta_reg.cli.entry import train; train()',
                    *flags, f'--run_dir={tmp_path}/whole', '--num_training_steps=1'], check=True,
                   capture_output=True)
    for flag, name in ((('--score', '--score_output'), 's.csv'),
                       (('--save_generator_bundle', '--bundle_file'), 'x.mag')):
        first = f'{flag[0]}={examples}' if flag[0] == '--score' else flag[0]
        line = small_disk('generate', 100, f'--run_dir={tmp_path}/whole', first,
                          f'{flag[1]}={tmp_path}/{name}')
        assert 'None' not in line
        assert name in line or 'where bundles are made' in line
        assert not list(tmp_path.glob(f'*{name}*'))


@pytest.mark.parametrize('name', ['a', 'a b', '[1]', 'a*?{b}\\', 'x\ny', os.fsdecode(b'\xd6')])
def test_a_plain_path_leads_to_the_same_file(tmp_path, name):
    (tmp_path / name).mkdir()
    with plain_path(tmp_path / name / 'file') as path:
        path.write_text('there')
        assert not set(str(path)) & set('[]*?{}\\\n')
        str(path).encode()
    assert (tmp_path / name / 'file').read_text() == 'there'
    (tmp_path / f'{name}.index').write_text('index')
    with plain_path(tmp_path / name) as path:
        assert path.with_name(f'{path.name}.index').read_text() == 'index'


def test_what_no_line_can_hold_is_escaped():
    assert printable(os.fsdecode(b'\xd6 a\n\t')) == '\\udcd6 a\\n\\t'
    assert printable('Ж [1] \\') == 'Ж [1] \\'


def test_texts_are_utf_8_whatever_the_locale(tmp_path):
    subprocess.run(
        [sys.executable, '-X', 'utf8=0', '-c', 'import sys; from magenta_reg.base.files import *;'
         'replace_text(sys.argv[1], "\\u0416")', str(tmp_path / 'x')],
        check=True, env={**os.environ, 'LC_ALL': 'C', 'PYTHONCOERCECLOCALE': '0'})
    assert (tmp_path / 'x').read_bytes() == 'Ж'.encode()
    replace_text(tmp_path / 'x', 'y')
