"""The reports of a study: which runs are compared in one, on what, and what is missing."""

from collections import defaultdict

from magenta_reg.analysis.analyze import analyze
from magenta_reg.analysis.comparison.held_out import choose_held_out
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder, write_json
from magenta_reg.base.processes import NETWORK_PROCESSES
from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset.examples import read_examples
from magenta_reg.study.dose_response import write_dose_response
from magenta_reg.study.plan import choose_settings, describe_trials, plan_final_runs
from magenta_reg.study.tasks import is_finished, read_failure

PROTOCOL, ANALYSIS = 'protocol.json', 'analysis'


def check_held_out(plan):
    """Raises UserError if the melodies that are held out are too few or too short to report on."""
    options = plan.study.analysis
    for cell, parts in plan.data.items():
        examples = read_examples(plan.folder / cell.file(_reported(parts)),
                                 get_encoding(cell.config))
        choose_held_out(examples.events, options['num_melodies'], options['num_steps'],
                        options['primer_steps'], options['seed'])


def analyze_study(plan):
    """Compares the finished runs of a Plan: a report for each share and each range of pitches.

    Returns:
        dict of the name of each report, '' if there is one, to the content of its results.json.

    Raises:
        UserError: If a trial is not finished, or no run of a report is.
    """
    chosen = choose_settings(plan.study, plan.data, plan.trials, plan.folder)
    finals = plan_final_runs(plan.study, plan.data, chosen)
    reports = _reports(plan.data)
    found = {name: _analyze(plan, finals, chosen, name, cells) for name, cells in reports.items()}
    for path in write_dose_response(plan.folder / ANALYSIS, [
            (cells[0].share, found[name]) for name, cells in reports.items()]):
        print(f'by training share: {path}', flush=True)
    return found


def _reports(data):
    """Returns dict of the name of each report to its list of Cells.

    Encodings of the same pitches are compared in one report, shares of the training set are not.
    """
    groups = defaultdict(list)
    for cell in data:
        encoding = get_encoding(cell.config)
        groups[cell.share, encoding.codec.min_note, encoding.codec.max_note,
               encoding.transpose_to_key].append(cell)
    if len(groups) == 1:
        return {'': list(data)}
    return {cells[0].name: cells for cells in groups.values()}


def _analyze(plan, finals, chosen, name, cells):
    """Makes the report of some Cells. Returns the content of its results.json."""
    folder, cell = plan.folder, cells[0]
    output_dir = make_folder(folder / ANALYSIS / name)
    judges, finals = ([task for task in tasks if any(each.holds(task) for each in cells)]
                      for tasks in (plan.judges, finals))
    missing = [{'name': task.name, 'error': read_failure(folder, task)[1] or 'not finished'}
               for task in [*judges, *finals] if not is_finished(folder, task)]
    missing += [{'name': f'{experiment} ({each.name})', 'error': 'all of its trials failed'}
                for (each, experiment), settings in chosen.items()
                if each in cells and settings is None]
    trials = [trial for trial in plan.trials if trial.cell in cells]
    write_json(output_dir / PROTOCOL, {
        'trials': describe_trials(trials, chosen, folder), 'missing': missing})
    judge_dirs, run_dirs = ([folder / task.name for task in tasks if is_finished(folder, task)]
                            for tasks in (judges, finals))
    if not run_dirs:
        raise UserError(f'no run is finished: {missing[-1]["name"]}: {missing[-1]["error"]}')
    print(f'analysis: {len(run_dirs)} runs' + (f' of {name}' if name else ''), flush=True)
    return analyze(
        run_dirs, str(folder / cell.file(_reported(plan.data[cell]))), output_dir,
        training_file=str(folder / cell.file('training')), margins=plan.study.margins,
        judge_run_dirs=judge_dirs, protocol_file=output_dir / PROTOCOL,
        num_workers=NETWORK_PROCESSES, **plan.study.analysis)


def _reported(parts):
    """Returns the part that a report is of: validation chooses, test reports."""
    return 'test' if 'test' in parts else 'eval'
