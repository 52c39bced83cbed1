"""Opens whatever can generate: a run folder, a checkpoint or a bundle."""

from magenta_reg.base.errors import UserError
from magenta_reg.interop.bundles import read_bundle_or_weights
from magenta_reg.interop.weights import check_fit, experiment_of_weights, read_weights
from magenta_reg.model.experiment import experiment_of_run
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.run import NEWEST, Run


def open_run(run_dir, checkpoint=NEWEST, file=None, config=None, hparams=''):
    """Reads the Experiment and the Weights of a run.

    Args:
        run_dir: Path of a run folder of ours.
        checkpoint: str, 'newest', or 'best' for the one with the lowest evaluation loss.
        file, config, hparams: as `experiment_of_run`, what the run must agree with.

    Raises:
        UserError: If there is no run or no such checkpoint, or the run does not agree.
    """
    run = Run(run_dir)
    run.read_config()
    experiment = experiment_of_run(run, file, config, hparams)
    weights = read_weights(run.require_checkpoint(checkpoint))
    check_fit(experiment, weights)
    return experiment, weights


def open_model(path, checkpoint=NEWEST):
    """Opens the MelodyModel of a run folder, a checkpoint, a folder of these or a bundle.

    Args:
        path: str or Path.
        checkpoint: str, 'newest' or 'best', of a run folder.

    Raises:
        UserError: If it is none of these.
    """
    if Run(path).exists():
        experiment, weights = open_run(path, checkpoint)
    elif checkpoint != NEWEST:
        raise UserError(f'checkpoint={checkpoint!r} is for run folders, and {path} is none')
    else:
        weights = read_bundle_or_weights(path)
        experiment = experiment_of_weights(weights)
    return MelodyModel(experiment, weights.variables, weights.step)
