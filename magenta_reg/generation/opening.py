"""Opens what can generate: a run folder, a checkpoint or a bundle."""

from magenta_reg.base.errors import UserError
from magenta_reg.interop.bundles import read_bundle, read_warm_start
from magenta_reg.interop.weights import check_fit, experiment_of_weights, read_weights
from magenta_reg.model.experiment import experiment_of_run
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.run import Run

NEWEST, BEST = 'newest', 'best'
CHECKPOINTS = (NEWEST, BEST)


def open_run(run_dir, checkpoint=NEWEST, file=None, config=None, hparams=''):
    """Reads a run's experiment and weights.

    Args:
        run_dir: Path of a run folder of ours.
        checkpoint: str, 'newest', or 'best' for the one with the lowest evaluation loss.
        file: Path of an experiment file to check the run's against, or None.
        config: str or None, a MelodyRNN config to check it against.
        hparams: str, 'name=value,...' to check it against.

    Returns:
        Experiment, Weights.

    Raises:
        UserError: If there is no run or no such checkpoint, or what is given contradicts the run.
    """
    if checkpoint not in CHECKPOINTS:
        raise UserError(f'checkpoint={checkpoint!r} is unknown: give {" or ".join(CHECKPOINTS)}')
    run = Run(run_dir)
    run.read_config()
    experiment = experiment_of_run(run, file, config, hparams)
    path = run.best_checkpoint() if checkpoint == BEST else run.require_checkpoint()
    weights = read_weights(path)
    check_fit(experiment, weights)
    return experiment, weights


def open_bundle_or_checkpoint(bundle=None, checkpoint=None, file=None, config=None, hparams=''):
    """Reads the weights of a bundle or a checkpoint, and finds the experiment they belong to.

    Args:
        bundle: Path of a .mag file, or None.
        checkpoint: Path of a checkpoint or of a folder with some; read if `bundle` is None.
        file: Path of an experiment file, or None.
        config: str or None, a MelodyRNN config.
        hparams: str, 'name=value,...'.

    Returns:
        Experiment, Weights.

    Raises:
        UserError: If they cannot be read, or settings do not fit.
    """
    weights = read_bundle(bundle) if bundle else read_weights(checkpoint)
    return experiment_of_weights(weights, file, config, hparams), weights


def open_model(path, checkpoint=NEWEST):
    """Opens whichever of them a path is.

    Args:
        path: str or Path of a run folder, a checkpoint, a folder of checkpoints or a bundle.
        checkpoint: str, 'newest' or 'best', of a run folder.

    Returns:
        MelodyModel.

    Raises:
        UserError: If it is none of these.
    """
    if Run(path).exists():
        experiment, weights = open_run(path, checkpoint)
    elif checkpoint != NEWEST:
        raise UserError(f'checkpoint={checkpoint!r} is for run folders, and {path} is none')
    else:
        weights = read_warm_start(path)
        experiment = experiment_of_weights(weights)
    return MelodyModel(experiment, weights.variables, weights.step)
