import pytest

from magenta_reg.analysis.comparison import runs as compared_runs
from magenta_reg.analysis.comparison.runs import find_checkpoint, load_runs, read_melodies
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.examples import Examples
from magenta_reg.runs.checkpoints import checkpoint_step
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_runs, make_transitions
from tests.small import make_experiment
from tests.small import make_melodies as make_real_melodies

TRUTH = make_transitions(0)
MELODIES = make_melodies(TRUTH, 3, 20)


def load(tmp_path, monkeypatch, *models):
    return load_runs(make_runs(tmp_path, monkeypatch, models, MELODIES))[0]


def test_a_label_says_no_more_than_it_must(tmp_path, monkeypatch):
    runs = load(tmp_path, monkeypatch, MarkovModel(TRUTH), MarkovModel(TRUTH, seed=1),
                MarkovModel(TRUTH, 'dropout'), MarkovModel(TRUTH, 'mine'),
                MarkovModel(TRUTH, 'mine'))
    assert [run.label for run in runs] == [
        'baseline (seed 0)', 'baseline (seed 1)', 'dropout',
        'mine (seed 0, run3)', 'mine (seed 0, run4)']
    assert [run.method for run in runs][:2] == ['baseline', 'baseline']


def test_missing_empty_and_repeated_folders_are_errors(tmp_path, monkeypatch):
    (run_dir,) = make_runs(tmp_path, monkeypatch, [MarkovModel(TRUTH)], MELODIES)
    with pytest.raises(UserError, match=r'no such run folder: .*nowhere'):
        load_runs([run_dir, tmp_path / 'nowhere'])
    with pytest.raises(UserError, match='is empty'):
        load_runs([])
    with pytest.raises(UserError, match=r'run0 twice'):
        load_runs([run_dir, tmp_path / 'run0' / '..' / 'run0'])


def test_runs_that_cannot_be_opened_are_left_out_and_named(tmp_path, monkeypatch):
    run_dirs = make_runs(tmp_path, monkeypatch, [MarkovModel(TRUTH), MarkovModel(TRUTH, 'mine')],
                         MELODIES)
    (run_dirs[0] / 'metrics.csv').unlink()
    runs, _, faults = load_runs(run_dirs)
    assert [run.label for run in runs] == ['mine']
    assert len(faults) == 1
    assert faults[0].startswith(f'{run_dirs[0]} is left out: ')
    (run_dirs[1] / 'metrics.csv').unlink()
    with pytest.raises(UserError, match='none of the runs can be opened'):
        load_runs(run_dirs)


def test_all_runs_are_at_one_checkpoint(tmp_path, monkeypatch):
    run_dirs = make_runs(tmp_path, monkeypatch, [MarkovModel(TRUTH), MarkovModel(TRUTH, 'mine')],
                         MELODIES)
    for which in ('best', 'last'):
        runs, found, notes = load_runs(run_dirs, which)
        assert (found, notes) == (which, [])
        assert [run.checkpoint for run in runs] == [
            f'{run_dir}/{which}/model.ckpt-300' for run_dir in run_dirs]
    with pytest.raises(UserError, match="unknown --checkpoint 'bset': did you mean 'best'"):
        load_runs(run_dirs, 'bset')


def test_where_one_run_was_never_evaluated_all_are_at_the_end_of_training(tmp_path, monkeypatch):
    run_dirs = make_runs(tmp_path, monkeypatch, [MarkovModel(TRUTH), MarkovModel(TRUTH, 'mine')],
                         MELODIES)
    monkeypatch.setattr(compared_runs, 'find_checkpoint', lambda run_dir, which: (
        None if (which, run_dir.name) == ('best', 'run1') else f'{which}-300'))
    runs, which, notes = load_runs(run_dirs)
    assert (which, {run.checkpoint for run in runs}) == ('last', {'last-300'})
    assert notes == ['All networks are those at the end of training: there is no best checkpoint '
                     f'of {run_dirs[1]}, never evaluated in training.']


def test_a_run_is_opened_at_the_checkpoint_that_was_asked_for(tmp_path):
    experiment, run = make_experiment(), Run(tmp_path / 'run')
    melodies = make_real_melodies(10, seed=0)
    # Two melodies at so high a rate that the last evaluation is not the lowest.
    experiment.hparams['learning_rate'] = 0.1
    train(run, experiment, Examples(melodies[:2], 'T', 't'), Examples(melodies[2:], 'E', 'e'),
          Schedule(12, eval_every=2, free_running_melodies=0))
    best = checkpoint_step(find_checkpoint(run.folder, 'best'))
    assert best < 12
    for which, step in (('best', best), ('last', 12)):
        (compared,), found, _ = load_runs([run.folder], which)
        assert (found, compared.model.step, checkpoint_step(compared.checkpoint)) == (
            which, step, step)


def test_a_folder_without_a_checkpoint_is_the_models_error(tmp_path):
    (tmp_path / 'metrics.csv').write_text('step,split,loss\n1,train,3\n')
    with pytest.raises(UserError, match=r'no run folder: it has no config\.yaml'):
        load_runs([tmp_path])


def test_encodings_of_the_same_pitches_share_their_melodies(tmp_path, monkeypatch):
    runs = load(tmp_path, monkeypatch, MarkovModel(TRUTH, encoding='basic_rnn'),
                MarkovModel(TRUTH, encoding='lookback_rnn'))
    assert read_melodies('eval.tfrecord', runs).events == MELODIES


def test_encodings_of_other_pitches_do_not(tmp_path, monkeypatch):
    runs = load(tmp_path, monkeypatch, MarkovModel(TRUTH),
                MarkovModel(TRUTH, 'dropout', encoding='mono_rnn'))
    with pytest.raises(UserError, match=r'melodies for basic_rnn, and the run .*run1 is mono_rnn'):
        read_melodies('eval.tfrecord', runs)


def test_examples_are_read_by_the_encoding_that_fits(tmp_path, monkeypatch):
    runs = load(tmp_path, monkeypatch, MarkovModel(TRUTH, encoding='lookback_rnn'),
                MarkovModel(TRUTH, encoding='basic_rnn'))

    def read(pattern, encoding):
        if encoding.name != 'basic_rnn':
            raise UserError(f'not for {encoding.name}')
        return 'read'

    monkeypatch.setattr(compared_runs, 'read_examples', read)
    assert read_melodies('eval.tfrecord', runs) == 'read'
    with pytest.raises(UserError, match='not for lookback_rnn'):
        read_melodies('eval.tfrecord', runs[:1])
