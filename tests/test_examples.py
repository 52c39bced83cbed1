"""The examples run as they are, as scripts and as notebooks, and both are the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.notebook import notebook_text

EXAMPLES = Path(__file__).parent.parent / 'docs' / 'examples'
SCRIPT, NOTEBOOK = EXAMPLES / 'first_melody.py', EXAMPLES / 'first_melody.ipynb'

# Executes the cells of a notebook as a kernel does, with other values after the first one, and
# prints what they show as JSON.
RUN_NOTEBOOK = '''
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell, shown = InteractiveShell.instance(), []
cells = [''.join(cell['source']) for cell in json.load(open(sys.argv[1]))['cells']
         if cell['cell_type'] == 'code']
for cell in [cells[0], sys.argv[2], *cells[1:]]:
    with capture_output() as output:
        result = shell.run_cell(cell)
    result.raise_error()
    shown.append({'text': output.stdout,
                  'html': [each.data['text/html'] for each in output.outputs]})
print(json.dumps(shown))
'''


@pytest.fixture
def music(fill, midi_bytes):
    """A folder of a dozen tunes, each in a folder of its own."""
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    return fill({f'tune{number}/a.mid': midi_bytes([*scale[number % 8:], *scale] * (number + 5))
                 for number in range(24)})


def run(argv, folder):
    """Runs Python in a folder as it is for a user. Returns the CompletedProcess."""
    environment = {name: value for name, value in os.environ.items()
                   if name != 'TF_CPP_MIN_LOG_LEVEL'}
    paths = [str(EXAMPLES.parent.parent), environment.get('PYTHONPATH', '')]
    environment |= {'PYTHONPATH': os.pathsep.join(filter(None, paths)),
                    'IPYTHONDIR': str(folder / 'ipython')}
    return subprocess.run([sys.executable, *map(str, argv)], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False)


def test_the_notebook_is_what_the_script_makes():
    assert NOTEBOOK.read_text(encoding='utf-8') == notebook_text(
        SCRIPT.read_text(encoding='utf-8')), 'python scripts/notebook.py docs/examples/*.py'


def test_the_script_goes_from_music_to_a_page_and_a_midi_file(music, tmp_path):
    done = run([SCRIPT, f'--input={music}', '--output_dir=out', '--num_training_steps=2'],
               tmp_path)
    assert done.returncode == 0, done.stderr
    for line in ('24 pieces read', 'perplexity', '<dropout at step 2>',
                 '<3 melodies: dropout at step 2, seed 0>', 'out/melodies.html', 'a scale: -3.'):
        assert line in done.stdout
    assert (tmp_path / 'out' / 'melodies.html').read_text().count('<audio') == 3
    assert (tmp_path / 'out' / 'first.mid').exists()
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_the_notebook_shows_a_data_set_a_model_melodies_and_scores(music, tmp_path):
    done = run(['-c', RUN_NOTEBOOK, NOTEBOOK, f'music = {str(music)!r}; num_training_steps = 2'],
               tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    pages = [html for cell in shown for html in cell['html']]
    for html, word in zip(pages, ['<img', 'rnn_layer_sizes', '&lt;audio', 'first.mid'],
                          strict=True):
        assert word in html
    assert pages[2].count('&lt;audio') == pages[2].count('&lt;/svg&gt;') == 3
    assert ''.join(cell['text'] for cell in shown).startswith('evaluation: loss ')


@pytest.mark.parametrize(('flags', 'words'), [
    (['--input=/nowhere'], '--input=/nowhere does not exist'),
    (['--output_dir=/proc/nowhere'], 'cannot write to the folder /proc/nowhere')])
def test_bad_input_of_the_script_is_one_line(music, tmp_path, flags, words):
    done = run([SCRIPT, f'--input={music}', *flags], tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f'first_melody: {words}')
    assert done.stderr.count('\n') == 1
