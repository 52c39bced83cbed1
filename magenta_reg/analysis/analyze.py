"""The comparison of runs from end to end: sections, verdicts and the report."""

import json
import sys
from functools import partial

from magenta_reg.analysis.comparison.cache import Cache
from magenta_reg.analysis.comparison.comparison import compare
from magenta_reg.analysis.comparison.data_warnings import chosen_notes, held_out_notes, notes_on
from magenta_reg.analysis.comparison.held_out import choose_held_out
from magenta_reg.analysis.comparison.judges import load_judges
from magenta_reg.analysis.comparison.protocol import read_protocol
from magenta_reg.analysis.comparison.runs import group_runs, load_runs, read_melodies
from magenta_reg.analysis.comparison.training_data import read_training
from magenta_reg.analysis.listening.blind_test import make_test
from magenta_reg.analysis.listening.page import LISTENING, render_test
from magenta_reg.analysis.listening.votes import read_votes
from magenta_reg.analysis.published.section import make_section as published_section
from magenta_reg.analysis.report.claim_tests import judge_claims
from magenta_reg.analysis.report.page import make_page, render
from magenta_reg.analysis.report.results import to_numbers
from magenta_reg.analysis.report.tables import csv_text
from magenta_reg.analysis.sections import SECTIONS, measure_run
from magenta_reg.analysis.statistics.margins import choose_margins
from magenta_reg.base.files import make_folder, printable, replace_text, replacing
from magenta_reg.base.processes import map_in_processes
from magenta_reg.base.progress import progress
from magenta_reg.dataset.oracle_data import find_oracle
from magenta_reg.runs.run import BEST

REPORT = 'report.html'
RESULTS = 'results.json'
COMPUTE = 'compute.json'


def analyze(run_dirs, sequence_example_file, output_dir, seed=0, num_melodies=None, num_steps=128,
            primer_steps=16, num_continuations=2, training_file=None, checkpoint=BEST,
            judge_run_dirs=(), margins=None, votes_files=(), protocol_file=None, num_workers=1):
    """Compares trained runs on held-out melodies and writes the report.

    What was computed for the same weights, melodies and settings is taken from output_dir/.cache.

    Args:
        run_dirs: list of Path. Runs that differ in their seed alone are one group.
        sequence_example_file: str, path or glob of held-out SequenceExamples.
        output_dir: Path, for report.html, results.json, compute.json, figures/ and tables/.
        seed: int, of everything drawn.
        num_melodies: int, held-out melodies that are used at most; None or 0 takes all that have
            `num_steps` events or more.
        num_steps: int, events of each.
        primer_steps: int, events of each that a model is given and continues.
        num_continuations: int, how often each model continues each; the first is what figures show
            and hidden states are taken of, likelihoods and repetition are means over all.
        training_file: str, path or glob of the SequenceExamples that the runs were trained on, for
            what only a comparison with them shows; or None.
        checkpoint: str, 'best' or 'last': of which checkpoint all numbers are; see `load_runs`.
        margins: dict of some of the names in `statistics.margins.MARGINS` to float, in place of
            those, or None: differences below them do not matter.
        judge_run_dirs: list of Path, runs that score the melodies of all, trained on other
            melodies; without, the first group's runs of other seeds than the scored run's.
        votes_files: list of Path, CSV files that listening.html of the same comparison saved.
        protocol_file: Path of a protocol.json: the trials in which settings were searched for, and
            runs that failed; or None.
        num_workers: int, processes that measure networks side by side; the numbers are the same.

    Returns:
        dict, what results.json holds.

    Raises:
        UserError: If no run can be opened, the examples do not fit the runs, the file of their
            oracle is missing, too few melodies are long enough, votes are not of this comparison,
            or the folder cannot be written.
            Where only some runs cannot be opened, they are left out and the page says why.
    """
    margins = choose_margins(margins)
    protocol = read_protocol(protocol_file) if protocol_file else None
    runs, checkpoint, faults = load_runs(run_dirs, checkpoint)
    groups = group_runs(runs)
    kept = [run for group in groups for run in group.runs]
    examples = read_melodies(sequence_example_file, kept)
    oracle = find_oracle(examples)
    training, groups = read_training(training_file, groups)
    held_out = choose_held_out(examples.events, num_melodies, num_steps, primer_steps, seed)
    judges, judge_notes = load_judges(judge_run_dirs, groups, examples, training)
    held_out_faults = [printable(note) for note in held_out_notes(groups, examples, training)]
    for note in held_out_faults:
        print(note, file=sys.stderr)
    output_dir = make_folder(output_dir)
    cache = Cache(output_dir / '.cache')
    options = {
        'run_dirs': ','.join(map(printable, run_dirs)),
        'sequence_example_file': printable(examples.path), 'seed': seed,
        'checkpoint': checkpoint, 'num_melodies': num_melodies or 0, 'num_steps': num_steps,
        'primer_steps': primer_steps, 'num_continuations': num_continuations,
        'margins': ','.join(f'{name}={margin:g}' for name, margin in margins.items()),
        **({'training_sequence_example_file': printable(training.path)} if training else {}),
        **({'judge_run_dirs': ','.join(map(printable, judge_run_dirs))} if judges else {}),
        **({'votes': ','.join(map(printable, votes_files))} if votes_files else {}),
        **({'protocol': printable(protocol_file)} if protocol_file else {})}
    num_workers = min(num_workers, len(kept))
    with progress(total=(1 + (num_workers > 1)) * len(kept) + len(SECTIONS) + 1,
                  description='Analyzing', unit='part') as bar:
        comparison = compare(groups, held_out, examples, training, seed, cache, bar.update,
                             num_continuations=num_continuations, checkpoint=checkpoint,
                             judges=judges, oracle=oracle, margins=margins)
        if num_workers > 1:
            _measure_runs(comparison, num_workers, bar.update)
        test = make_test(comparison)
        comparison = comparison._replace(votes=read_votes(votes_files, test), protocol=protocol)
        sections = list(_make_sections(comparison, bar.update))
        found = judge_claims(groups, sections, seed, margins)
        sections.append(published_section(comparison, sections, found))
        numbers = to_numbers(comparison, sections, found, options,
                             [*held_out_faults, *faults,
                              *(map(printable, protocol.notes()) if protocol else ()),
                              *judge_notes,
                              *(map(printable, chosen_notes(groups, examples))
                                if checkpoint == BEST else ()),
                              *notes_on(groups, runs, protocol)])
        _write(output_dir, numbers, sections, make_page(comparison, sections, found, numbers),
               render_test(test, comparison))
        bar.update()
    cache.drop_unused()
    return numbers


def _measure_runs(comparison, num_workers, step):
    """Measures runs in several processes; what a crashed one left, the sections measure."""
    labels = [run.label for run in comparison.runs]
    for _ in map_in_processes(partial(measure_run, comparison), labels, num_workers):
        step()


def _make_sections(comparison, step):
    for make_section in SECTIONS:
        section = make_section(comparison)
        if section:
            yield section
        step()


def _write(output_dir, numbers, sections, page, listening):
    """Writes everything, each file atomically; the page comes last."""
    html = render(page)
    compute = {section.name: section.compute for section in sections if section.compute}
    texts = {name: json.dumps(content, indent=2, allow_nan=False)
             for name, content in ((COMPUTE, compute), (RESULTS, numbers))}
    figures, tables = (make_folder(output_dir / name) for name in ('figures', 'tables'))
    for figure in page.figures:
        for end, content in (('png', figure.png), ('svg', figure.svg)):
            with replacing(figures / f'{figure.name}.{end}') as temporary:
                temporary.write_bytes(content)
    for table in page.tables:
        replace_text(tables / f'{table.name}.csv', csv_text(table))
    for name, text in texts.items():
        replace_text(output_dir / name, text + '\n')
    replace_text(output_dir / LISTENING, listening)
    replace_text(output_dir / REPORT, html)
