"""What limits a comparison: seeds, encodings, and the melodies that runs were trained on."""

from pathlib import Path

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.dataset.folder import dataset_identity, read_report
from magenta_reg.runs.config import read_yaml
from magenta_reg.runs.run import CONFIG_KEYS, Run


def notes_on(groups, runs, protocol=None):
    """Returns what limits a comparison of the groups of runs: list of str, sentences.

    `protocol` is the Protocol of how their settings were searched for, or None.
    """
    notes = []
    single = [group.label for group in groups if group.n_seeds == 1]
    if single:
        notes.append(f'Only one network each of {", ".join(single)}: a second one, trained in the '
                     'same way, would differ by chance. So what is shown holds for these '
                     'networks; of the ways of training nothing is concluded.')
    encodings = by_encoding(groups)
    if len(encodings) > 1:
        notes.append(f'The networks read music in different encodings ({", ".join(encodings)}): '
                     'losses and likelihoods of two encodings cannot be compared and are in '
                     'separate tables.')
    # A data set of another encoding is another file of the same melodies.
    if any(len({group.training_data for group in own if group.training_data}) > 1
           for own in encodings.values()):
        notes.append('The networks were trained on different data: differences between them may '
                     'come from that, and not from the way of training.')
    notes += _unequal_settings(groups, protocol)
    kept = {run.label for group in groups for run in group.runs}
    twice = [run.label for run in runs if run.label not in kept]
    if twice:
        notes.append(f'Left out, because a run of the same settings and seed is there: '
                     f'{", ".join(twice)}.')
    return notes


# Those of the remedies themselves; all others should be the same, or searched as long for each.
_OWN_SETTINGS = ('hparams.dropout_keep_prob', 'hparams.dropout_mode',
                 'hparams.recurrent_dropout_keep_prob', 'hparams.zoneout_prob', 'name', 'method',
                 'config', 'data.train')


def _unequal_settings(groups, protocol):
    """Returns notes on the settings that all groups have and that are not the same in all."""
    common = set.intersection(*(set(group.settings) for group in groups)) - {*_OWN_SETTINGS}
    notes = {}
    for name in sorted(common):
        if len({repr(group.settings[name]) for group in groups}) > 1:
            short = name.removeprefix('hparams.')
            notes.setdefault(_searched(groups, short, protocol), []).append(f'{short} ' + ', '.join(
                f'{group.settings[name]} ({group.label})' for group in groups))
    return [f'Methods were trained with unequal settings: {"; ".join(said)}. {searched}'
            for searched, said in notes.items()]


def _searched(groups, setting, protocol):
    """Returns a sentence: whether each group's setting was searched for as long as the others'."""
    numbers = {protocol.num_trials(group, setting) for group in groups} if protocol else {0}
    if len(numbers) == 1 and 0 not in numbers:
        return f"Each method's were searched for equally long (trials of each: {numbers.pop()})."
    return ('Differences between them may be those of these settings, unless each method\'s were '
            'searched for as long.')


def held_out_notes(groups, examples, training):
    """Returns which of the held-out Examples some runs were trained on: list of str, sentences.

    Args:
        groups: list of Group, whose runs recorded what they were trained on.
        examples: Examples of the held-out melodies.
        training: Examples of the training file, or None.
    """
    taught = [group.label for group in groups
              if group.training_data in (examples.sha256, *examples.file_sha256s)]
    if taught:
        only = ' among others' if examples.file_sha256s else ''
        return [f'Not held out: {examples.path} holds{only} the melodies that {", ".join(taught)} '
                'was trained on. What is called held-out here is of the training set.']
    known = {events.tobytes() for events in training.events} if training else ()
    num_known = sum(events.tobytes() in known for events in examples.events)
    if num_known:
        return [f'Not all held out: {num_known:,} of the {len(examples.events):,} melodies in '
                f'{examples.path} are in the training file {training.path}, too.']
    return []


def chosen_notes(groups, examples):
    """Returns whether best checkpoints were chosen by the held-out Examples: list of str."""
    parts = read_report(Path(examples.path).parent)['parts']
    # Runs that are older than this record name their data set alone.
    identity = dataset_identity(examples.path)
    of_dataset = {identity: parts.get('eval', {}).get('sha256')} if identity else {}
    chosen = []
    for group in groups:
        data = [read_yaml(Run(run.run_dir).config_path, CONFIG_KEYS).get('data') or {}
                for run in group.runs]
        hashes = {each.get('eval', of_dataset.get(each.get('dataset'))) for each in data}
        chosen += [group.label] if hashes & {examples.sha256, *examples.file_sha256s} else []
    if not chosen:
        return []
    return [f'Validation is reported, not test: the best checkpoint of {", ".join(chosen)} was '
            f'chosen by its loss on {examples.path}, the same melodies that the numbers here are '
            'of, so these are a little better than on new melodies. Give a part that chose nothing '
            '(melody_rnn_reg_create_dataset --test_ratio makes one), or --checkpoint=last.']


def training_notes(comparison):
    """Returns where the training melodies of a Comparison are not its runs': list of str."""
    notes = []
    if comparison.training.sha256 == comparison.examples.sha256:
        notes.append('The training file and the held-out file are the same: nothing is held out.')
    sha256 = comparison.training.sha256
    encodings = {group.encoding for group in comparison.groups if group.training_data == sha256}
    others = [group.label for group in comparison.groups
              if group.training_data not in ('', sha256)
              and (not encodings or group.encoding in encodings)]
    if others:
        notes.append(f'The training file is not the one that {", ".join(others)} was trained on.')
    return notes
