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
    """A study of one method on thirty melodies of 112 to 130 events, with a judge."""
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
    content = {'config': 'basic_rnn', 'input': str(folder / 'music'), 'eval_ratio': 0.15,
               'test_ratio': 0.5, 'judge_ratio': 0.15, 'judge_experiment': 'small.yaml',
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


def steps_of(run_dir):
    """Returns the steps of a run's evaluations, list of str."""
    return [row['step'] for row in read_metrics(Run(run_dir).metrics_path)
            if row['split'] == 'eval']


def assert_test_reports_and_the_judge_takes_no_side(out, numbers):
    """Asserts which part of a study's data was used for what, by the hashes that runs recorded."""
    hashes = {part: summary['sha256'] for part, summary in
              json.loads((out / 'dataset' / 'dataset.json').read_text())['parts'].items()}
    assert set(hashes) == {'training', 'judge', 'eval', 'test'}
    assert numbers['settings']['sequence_example_sha256'] == hashes['test']
    run, judge = (Run(out / 'runs' / name).read_config() for name in ('small', 'judge_small'))
    assert (run['data']['train'], run['data']['eval']) == (hashes['training'], hashes['eval'])
    assert (judge['data']['train'], judge['data']['eval']) == (hashes['judge'], hashes['eval'])
    assert (run['seed'], judge['seed']) == (5, 6)
    (recorded,) = numbers['judges']
    assert recorded['run_dir'] == str(out / 'runs' / 'judge_small')
    assert [each['label'] for each in numbers['groups']] == ['small']
    assert not [note for note in numbers['notes'] if 'Validation is reported' in note]


def test_a_study_goes_from_music_to_report_and_starts_again_where_it_was(study_file, tmp_path):
    out = tmp_path / 'out'
    first = run_study(study_file, out)
    assert (out / 'analysis' / 'report.html').exists()
    assert json.loads((out / 'analysis' / 'results.json').read_text()) == first
    assert_test_reports_and_the_judge_takes_no_side(out, first)
    assert len(list((out / 'generated' / 'small' / 'step_3').glob('*.mid'))) == 2
    assert_generated_by_seed(out / 'runs' / 'small', out / 'generated' / 'small' / 'step_3', 5,
                             tmp_path / 'again')
    before = {path: path.stat().st_mtime_ns for path in out.rglob('*.mid')}

    assert run_study(study_file, out) == first
    assert {path: path.stat().st_mtime_ns for path in out.rglob('*.mid')} == before
    assert steps_of(out / 'runs' / 'judge_small') == ['2', '3']

    run_study(write_study(tmp_path, num_training_steps=5), out)
    for name in ('small', 'judge_small'):
        assert steps_of(out / 'runs' / name) == ['2', '3', '4', '5']
    assert len(list((out / 'generated' / 'small' / 'step_5').glob('*.mid'))) == 2
    assert before.items() <= {path: path.stat().st_mtime_ns for path in out.rglob('*.mid')}.items()
