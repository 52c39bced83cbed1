"""A study: one data set, several experiments and seeds, one analysis, from one file."""

from typing import NamedTuple

from magenta_reg.analysis.analyze import analyze
from magenta_reg.analysis.comparison.held_out import choose_held_out
from magenta_reg.analysis.statistics.margins import choose_margins
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder
from magenta_reg.base.shipped import find_file
from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset.create import create_dataset
from magenta_reg.dataset.examples import read_examples
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.stream import Request
from magenta_reg.generation.to_files import GENERATED_TABLE, generate_files
from magenta_reg.model.experiment import FOLDER, resolve_experiment
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.config import read_yaml
from magenta_reg.runs.run import Run
from magenta_reg.training.acted import acted_text
from magenta_reg.training.train import Schedule, train

# Events of a held-out melody that a model continues in the analysis: one bar.
PRIMER_STEPS = 16


class Study(NamedTuple):
    """What a study file says; the names are those of the commands' flags."""

    config: str
    input: str
    experiments: list  # Experiment files, relative to the study file, or names as --experiment.
    hparams: str = ''  # Over those of every experiment file.
    seeds: list = (0,)  # Each experiment is trained with each.
    eval_ratio: float | None = None
    test_ratio: float | None = None  # The test part is what the analysis reports on.
    judge_ratio: float | None = None  # On the judge part the judge is trained.
    judge_experiment: str = 'dropout'  # As one of `experiments`.
    judge_seeds: list = ()  # None given is one seed that no experiment has.
    num_training_steps: int = 400
    eval_every: int = 50
    num_outputs: int = 10  # Melodies to generate from each run.
    num_steps: int = 128  # Events of each generated melody, and of those that are analyzed.
    margins: dict | None = None  # As --margins of the analysis: differences that do not matter.
    num_melodies: int = 0  # Held-out melodies to analyze at most; 0 is all that are long enough.
    num_continuations: int = 2  # How often each run continues each of them in the analysis.


def read_study(path):
    """Returns the Study of a file or a name, its Experiments, and those of its judges.

    There is an Experiment for each file and seed, and without judge_ratio no judge.
    """
    path = find_file(path, f'{FOLDER}/studies', '.yaml')
    content = read_yaml(path, Study._fields)
    missing = [name for name in ('config', 'input', 'experiments') if not content.get(name)]
    if missing:
        raise UserError(f'{path} has no {missing[0]!r}')
    study = Study(**content)
    for name in ('experiments', 'seeds', 'judge_seeds'):
        if not isinstance(getattr(study, name), (list, tuple)):
            raise UserError(f'{path}: {name} must be a list')
    if study.margins is not None and not isinstance(study.margins, dict):
        raise UserError(f'{path}: margins must be a mapping of names to numbers')
    choose_margins(study.margins)
    judge_seeds = (study.judge_seeds or [max(study.seeds) + 1]) if study.judge_ratio else []

    def resolve(names, seeds):
        files = [find_file(str(name), FOLDER, '.yaml', path.parent) for name in names]
        return [resolve_experiment(file, study.config, study.hparams, seed)
                for seed in seeds for file in files]

    return (study, resolve(study.experiments, study.seeds),
            resolve([study.judge_experiment], judge_seeds))


def _run_name(experiment, experiments):
    """Returns a run's folder name: the experiment's, with the seed where there are several."""
    seeds = {each.seed for each in experiments}
    return experiment.name if len(seeds) == 1 else f'{experiment.name}_seed{experiment.seed}'


def run_study(path, output_dir):
    """Runs a study: data set, training, evaluation, generation, analysis.

    Started again, it makes the same data set again, trains only what is left and generates only
    what is missing.

    Args:
        path: Path of the study file, or the name of one that comes with the package ('quick').
        output_dir: Path; it gets dataset/, runs/NAME, generated/NAME/step_N and analysis/.

    Returns:
        dict, the content of analysis/results.json.
    """
    study, experiments, judges = read_study(path)
    output_dir = make_folder(output_dir)
    encoding = get_encoding(study.config)
    _announce('data set', f'{study.input} for {study.config}')
    dataset = create_dataset(study.input, encoding, output_dir / 'dataset', study.eval_ratio,
                             study.seeds[0], test_ratio=study.test_ratio,
                             judge_ratio=study.judge_ratio)
    parts = {part: read_examples(summary.path, encoding) for part, summary in dataset.parts.items()
             if part != 'test' or summary.num_melodies}
    # Validation chooses, test reports.
    held_out = parts.get('test', parts['eval'])
    # What the analysis will need is checked before hours of training.
    choose_held_out(held_out.events, study.num_melodies, study.num_steps, PRIMER_STEPS,
                    study.seeds[0])
    runs = []
    for experiment in experiments:
        name = _run_name(experiment, experiments)
        runs.append(_train(study, experiment, parts['training'], parts['eval'],
                           output_dir / 'runs' / name))
        _generate(runs[-1], output_dir / 'generated' / name, study)
    judge_dirs = [_train(study, judge, parts['judge'], parts['eval'],
                         output_dir / 'runs' / f'judge_{_run_name(judge, judges)}')
                  for judge in judges]
    _announce('analysis', f'{len(runs)} runs')
    return analyze(runs, held_out.path, output_dir / 'analysis', study.seeds[0],
                   study.num_melodies, study.num_steps, PRIMER_STEPS, study.num_continuations,
                   training_file=parts['training'].path, margins=study.margins,
                   judge_run_dirs=judge_dirs)


def _train(study, experiment, train_examples, eval_examples, run_dir):
    """Trains a run, or what is left of it. Returns its folder."""
    _announce('training', f'{run_dir.name}, seed {experiment.seed}, '
              f'{study.num_training_steps} steps')
    schedule = Schedule(study.num_training_steps, eval_every=study.eval_every)
    result = train(Run(run_dir), experiment, train_examples, eval_examples, schedule)
    if result.acted is not None:
        print(acted_text(experiment.method, result.acted), flush=True)
    return run_dir


def _generate(run_dir, folder, study):
    """Generates melodies of a run's newest checkpoint, unless they are there."""
    model = MelodyModel.from_run(run_dir)
    folder = folder / f'step_{model.step}'
    if (folder / GENERATED_TABLE).exists():
        return
    request = Request(study.num_outputs, study.num_steps, model.seed)
    primers = choose_primers(model.encoding, request)
    # Files without a table are of a study that was killed.
    generate_files(model, primers.by_row, folder, request, overwrite=True)


def _announce(step, what):
    print(f'{step}: {what}', flush=True)
