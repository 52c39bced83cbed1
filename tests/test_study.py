"""A whole study on made-up music, and the same study started again."""

import json

import pytest
import yaml

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.stream import Request
from magenta_reg.generation.to_files import generate_files
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.study import run_study
from tests.small import make_melodies


@pytest.fixture
def study_file(tmp_path):
    """A study of one method on thirty melodies of 112 to 130 events."""
    note_seq = import_note_seq()
    (tmp_path / 'music').mkdir()
    for number, events in enumerate(make_melodies(30, seed=0, min_steps=120, max_steps=130)):
        melody = note_seq.Melody([int(event) for event in events])
        note_seq.sequence_proto_to_midi_file(
            melody.to_sequence(), str(tmp_path / 'music' / f'{number}.mid'))
    (tmp_path / 'small.yaml').write_text(
        'method: scheduled_sampling\nhparams: {rnn_layer_sizes: [8], batch_size: 8}\n')
    return write_study(tmp_path, num_training_steps=3)


def write_study(folder, **changes):
    content = {'config': 'basic_rnn', 'input': str(folder / 'music'), 'eval_ratio': 0.5,
               'experiments': ['small.yaml'], 'eval_every': 2, 'num_outputs': 2, 'num_steps': 48,
               'num_melodies': 10, 'seeds': [5], **changes}
    (folder / 'study.yaml').write_text(yaml.safe_dump(content))
    return folder / 'study.yaml'


def assert_generated_by_seed(run_dir, folder, seed, other):
    """Asserts that a folder has the melodies that a run gives with a seed, made in `other`."""
    model, request = MelodyModel.from_run(run_dir), Request(2, 48, seed)
    generate_files(model, choose_primers(model.encoding, request).by_row, other, request)
    found, again = ([path.read_bytes() for path in sorted(each.glob('*.mid'))]
                    for each in (folder, other))
    assert found == again
    assert len(found) == 2


def test_a_study_goes_from_music_to_report_and_starts_again_where_it_was(study_file, tmp_path):
    out = tmp_path / 'out'
    first = run_study(study_file, out)
    assert (out / 'analysis' / 'report.html').exists()
    assert json.loads((out / 'analysis' / 'results.json').read_text()) == first
    assert len(list((out / 'generated' / 'small' / 'step_3').glob('*.mid'))) == 2
    assert_generated_by_seed(out / 'runs' / 'small', out / 'generated' / 'small' / 'step_3', 5,
                             tmp_path / 'again')
    before = {path: path.stat().st_mtime_ns for path in out.rglob('*.mid')}

    assert run_study(study_file, out) == first
    assert {path: path.stat().st_mtime_ns for path in out.rglob('*.mid')} == before

    run_study(write_study(tmp_path, num_training_steps=5), out)
    steps = [row['step'] for row in read_metrics(Run(out / 'runs' / 'small').metrics_path)
             if row['split'] == 'eval']
    assert steps == ['2', '3', '4', '5']
    assert len(list((out / 'generated' / 'small' / 'step_5').glob('*.mid'))) == 2
    assert before.items() <= {path: path.stat().st_mtime_ns for path in out.rglob('*.mid')}.items()
