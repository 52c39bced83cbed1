"""A run of a study is a function of its task: whenever it is killed, whatever was there before."""

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import list_checkpoints
from magenta_reg.runs.run import Run
from magenta_reg.study.tasks import (
    Task,
    execute,
    is_finished,
    is_given_up,
    read_failure,
    read_finished,
    write_failure,
)
from tests.small import make_experiment, make_melodies, write_examples

SCHEDULE = {'num_training_steps': 6, 'eval_every': 3, 'save_checkpoints_steps': 3,
            'num_checkpoints': 0, 'summary_frequency': 2}


def make_task(folder, method='scheduled_sampling', generate=2, schedule=None, **hparams):
    """Writes the data of a small run into a study's folder. Returns its Task."""
    encoding, shas = ENCODINGS['basic_rnn'], {}
    for seed, part in enumerate(('train', 'eval')):
        path = folder / f'{part}.tfrecord'
        write_examples(path, make_melodies(12, seed), encoding)
        shas[part] = read_examples(path, encoding).sha256
    experiment = make_experiment(method, batch_shards=1, **hparams)
    return Task('runs/one', experiment.to_dict(), 'train.tfrecord', 'eval.tfrecord', shas,
                {**SCHEDULE, **(schedule or {})}, {'num_outputs': generate, 'num_steps': 20})


def contents(folder, task):
    """Returns what must be equal in equal runs: weights of all checkpoints, metrics, melodies."""
    run = Run(folder / task.name)
    weights = [MelodyModel.from_run(run.folder, checkpoint).weights_sha256()
               for checkpoint in list_checkpoints(run.train_dir)]
    return weights, run.metrics_path.read_bytes(), read_finished(folder, task), [
        path.read_bytes() for path in sorted(run.folder.glob('generated/*/*.mid'))]


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def kill_at(monkeypatch, name, call):
    """Makes a function, a dotted name, end the process at its call of this number, from 1."""
    module, _, attribute = name.rpartition('.')
    function, calls = getattr(__import__(module, fromlist=[attribute]), attribute), []

    def counted(*args, **options):
        calls.append(1)
        if len(calls) == call:
            raise Killed
        return function(*args, **options)
    monkeypatch.setattr(name, counted)


def often(cases, *rest):
    """Returns cases of a test, of which the `rest` takes its time where minutes are given."""
    return [*cases, *(pytest.param(*case, marks=pytest.mark.slow) for case in rest)]


UPDATE, WRITE = 'magenta_reg.training.train._update', 'magenta_reg.study.tasks.write_json'
KILLS = often(
    [(UPDATE, 5), ('magenta_reg.study.tasks.generate_files', 1)],
    (UPDATE, 1), (UPDATE, 2), (UPDATE, 4), (UPDATE, 6), ('magenta_reg.training.train._save', 1),
    ('magenta_reg.training.train._evaluate', 2), (WRITE, 1), (WRITE, 2),
    (WRITE, 3))


@pytest.fixture(scope='module')
def undisturbed(tmp_path_factory):
    """What a run holds that nobody disturbed."""
    folder = tmp_path_factory.mktemp('undisturbed')
    task = make_task(folder)
    execute(folder, task)
    return contents(folder, task)


@pytest.mark.parametrize(('name', 'call'), KILLS)
def test_a_run_that_is_killed_anywhere_goes_on_and_ends_with_the_same_bytes(
        monkeypatch, tmp_path, undisturbed, name, call):
    task = make_task(tmp_path)
    with monkeypatch.context() as patch:
        kill_at(patch, name, call)
        with pytest.raises(Killed):
            execute(tmp_path, task)
    assert not is_finished(tmp_path, task)
    execute(tmp_path, task)
    assert contents(tmp_path, task) == undisturbed


def test_a_finished_run_is_left_as_it_is(tmp_path, monkeypatch):
    task = make_task(tmp_path)
    execute(tmp_path, task)
    kill_at(monkeypatch, 'magenta_reg.study.tasks.train', 1)
    execute(tmp_path, task)
    with pytest.raises(Killed):
        execute(tmp_path, make_task(tmp_path, learning_rate=0.02))


@pytest.mark.parametrize('before', often(
    [{'schedule': {'num_training_steps': 12}}], [{'method': 'teacher_forcing'}],
    [{'learning_rate': 0.02}], [{'schedule': {'num_training_steps': 5}}],
    [{'schedule': {'eval_every': 2}}], [{'schedule': {'num_training_steps': 3}}],
    [{'schedule': {'num_training_steps': 3, 'summary_frequency': 3}}]))
def test_whatever_run_was_in_the_folder_the_task_alone_decides_what_is_there(
        monkeypatch, tmp_path, undisturbed, before):
    execute(tmp_path, make_task(tmp_path, **before))
    task = make_task(tmp_path)
    with monkeypatch.context() as patch:  # Even if it is killed while the old run is removed.
        kill_at(patch, 'magenta_reg.study.tasks.write_json', 1)
        with pytest.raises(Killed):
            execute(tmp_path, task)
    execute(tmp_path, task)
    assert contents(tmp_path, task)[:3] == undisturbed[:3]
    assert set(undisturbed[3]) <= set(contents(tmp_path, task)[3])


def test_a_longer_training_goes_on_where_the_shorter_one_ended(monkeypatch, tmp_path, undisturbed):
    short = {'summary_frequency': 3, 'num_training_steps': 3}
    execute(tmp_path, make_task(tmp_path, schedule=short))
    task = make_task(tmp_path, schedule={**short, 'num_training_steps': 6})
    kill_at(monkeypatch, 'magenta_reg.training.train._update', 4)  # There are three to do.
    execute(tmp_path, task)
    assert contents(tmp_path, task)[0] == undisturbed[0]


def test_other_melodies_are_generated_without_training_again(monkeypatch, tmp_path):
    execute(tmp_path, make_task(tmp_path))
    kill_at(monkeypatch, 'magenta_reg.training.train._update', 1)
    task = make_task(tmp_path, generate=3)
    execute(tmp_path, task)
    assert len(list((tmp_path / task.name / 'generated' / 'step_6').glob('*.mid'))) == 3


def test_training_on_another_file_than_planned_is_refused(tmp_path):
    task = make_task(tmp_path)
    write_examples(tmp_path / 'train.tfrecord', make_melodies(12, 7), ENCODINGS['basic_rnn'])
    with pytest.raises(UserError, match=r'train\.tfrecord is not the file'):
        execute(tmp_path, task)


def test_a_run_is_given_up_after_two_failures_with_the_same_settings(tmp_path):
    task = make_task(tmp_path)
    other = task._replace(schedule={**task.schedule, 'eval_every': 1})
    for attempt in (1, 2):
        assert not is_given_up(tmp_path, task)
        write_failure(tmp_path, task, f'error {attempt}')
        assert read_failure(tmp_path, task) == (attempt, f'error {attempt}')
    assert is_given_up(tmp_path, task)
    assert not is_given_up(tmp_path, other)
    write_failure(tmp_path, task, None)
    assert read_failure(tmp_path, task) == (0, None)
