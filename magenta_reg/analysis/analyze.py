"""The comparison of runs from end to end: figures, numbers and the report."""

import json
from pathlib import Path

import numpy as np

from magenta_reg.analysis import figures, method_figures, report
from magenta_reg.analysis.compared_runs import load_runs, read_melodies
from magenta_reg.analysis.held_out import choose_held_out, continue_melodies
from magenta_reg.analysis.hidden_states import two_modes
from magenta_reg.analysis.likelihood import REAL, Generator, likelihood_matrix
from magenta_reg.analysis.results import Comparison, RunResult, to_numbers
from magenta_reg.analysis.tsne import embed
from magenta_reg.analysis.two_sample import classifier_accuracy, classifier_floor
from magenta_reg.files import make_folder, replace_text, replacing
from magenta_reg.progress import progress
from magenta_reg.repetition import repetition

REPORT = 'report.html'

# What the bar counts: generating, states, two-sample test, floor and t-SNE of each run.
_PARTS_PER_RUN = 5


def analyze(run_dirs, sequence_example_file, output_dir, seed=0, num_melodies=64, num_steps=128,
            primer_steps=16):
    """Compares trained runs on held-out melodies and writes the report.

    Args:
        run_dirs: list of Path; the first run is the reference that scores all.
        sequence_example_file: str, path or glob of held-out SequenceExamples.
        output_dir: Path, for report.html, results.json and figures/*.png.
        seed: int, of everything drawn.
        num_melodies: int, held-out melodies that are used at most.
        num_steps: int, events of each.
        primer_steps: int, events of each that are given before a model goes on alone.

    Returns:
        dict, what results.json holds.

    Raises:
        UserError: If a run has no checkpoint, the examples do not fit the runs, too few melodies
            are long enough, or the folder cannot be written.
    """
    runs = load_runs(run_dirs)
    examples = read_melodies(sequence_example_file, runs)
    held_out = choose_held_out(examples.events, num_melodies, num_steps, primer_steps, seed)
    make_folder(Path(output_dir) / 'figures')
    total = len(runs) * _PARTS_PER_RUN + 2
    with progress(total=total, description='Analyzing', unit='part') as bar:
        results, generators = [], []
        for run in runs:
            result, generated = _analyze_run(run, held_out, seed, bar)
            results.append(result)
            generators.append(Generator(run.label, generated))
        generators.append(Generator(REAL, held_out.melodies))
        likelihoods = likelihood_matrix(generators, runs, primer_steps)
        bar.update()
        comparison = Comparison(results, held_out, _repetitions(held_out.melodies, primer_steps),
                                likelihoods, examples.path, examples.sha256, seed)
        numbers = to_numbers(comparison)
        _write(Path(output_dir), numbers, _draw(comparison, numbers), runs)
        bar.update()
    return numbers


def _analyze_run(run, held_out, seed, bar):
    """Returns the RunResult of one run and its continuations."""
    generated = continue_melodies(run.model, held_out, seed)
    bar.update()
    modes = two_modes(run.model, held_out, generated)
    bar.update()
    accuracy = classifier_accuracy(modes.teacher_forced, modes.free_running, seed)
    bar.update()
    floor = classifier_floor(modes.teacher_forced, seed)
    bar.update()
    embedding = embed(modes, seed)
    bar.update()
    repetitions = _repetitions(generated, held_out.primer_steps)
    return RunResult(run, accuracy, floor, embedding, repetitions), generated


def _repetitions(melodies, primer_steps):
    return np.array([repetition(melody[primer_steps:]) for melody in melodies])


def _draw(comparison, numbers):
    """Returns the report's figures."""
    methods = method_figures.draw_methods(comparison)
    return [
        report.Figure('hidden_states', 'Hidden states in training and in generation',
                      report.hidden_states_caption(numbers),
                      figures.draw_hidden_states(comparison)),
        report.Figure('losses', 'Training and evaluation loss',
                      report.losses_caption(numbers), figures.draw_losses(comparison)),
        report.Figure('likelihoods', 'Log-likelihood of generated melodies',
                      report.likelihood_caption(numbers), figures.draw_likelihoods(comparison)),
        *([report.Figure('methods', 'What the methods did in training',
                         report.methods_caption(), methods)] if methods else []),
    ]


def _write(output_dir, numbers, drawn, runs):
    """Writes everything, each file whole or not at all; the report comes last."""
    configs = {run.label: (run.run_dir / 'config.yaml').read_text() for run in runs}
    page = report.render_report(numbers, drawn, configs)
    text = json.dumps(numbers, indent=2, allow_nan=False)
    for figure in drawn:
        with replacing(output_dir / 'figures' / f'{figure.name}.png') as temporary:
            temporary.write_bytes(figure.png)
    replace_text(output_dir / 'results.json', text + '\n')
    replace_text(output_dir / REPORT, page)
