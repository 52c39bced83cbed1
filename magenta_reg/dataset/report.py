"""dataset.json: what a data set was made of and what was left out, piece by piece."""

import json
from collections import Counter

import magenta_reg
from magenta_reg.dataset.items import counted
from magenta_reg.dataset.split import TRAINED_ON

_NUM_NAMED = 10


def report_text(dataset):
    """Returns the text of a Dataset's dataset.json; every piece has a line of its own."""
    discarded = dataset.discarded_pieces()
    summary = {
        'magenta_reg': magenta_reg.__version__,
        'sha256': dataset.sha256,
        'settings': dataset.settings,
        'parts': {name: _part_summary(part) for name, part in dataset.parts.items()},
        'plot': dataset.plot_path.name if dataset.plot_path else None,
        'pieces_read': len(dataset.outcomes),
        'pieces_by_reader': dict(Counter(
            outcome.reader for outcome in dataset.outcomes if outcome.reader).most_common()),
        'pieces_cut_by_tempo_or_meter': sum(
            outcome.num_sections > 1 for outcome in dataset.outcomes),
        'pieces_reduced_to_the_highest_note': dataset.num_reduced(),
        'discarded_melodies_by_reason': dict(dataset.discarded_melodies().most_common()),
        'discarded_pieces_by_reason': dict(Counter(
            outcome.reason for outcome in discarded).most_common()),
        'notes': list(dataset.notes),
        'files_not_read_by_suffix': dict(dataset.others.most_common()),
        'duplicates': duplicate_counts(dataset.duplicates),
        'duplicates_removed_from_training': dataset.num_removed,
    }
    if 'judge' in dataset.parts:
        summary['duplicates_removed_from_judge'] = dataset.num_removed_from_judge
    if dataset.oracle:
        summary['oracle'] = dataset.oracle
    taken = [_taken(outcome) for outcome in dataset.outcomes if outcome.part]
    left_out = [{'name': outcome.name, 'reason': outcome.detail, **_reading(outcome)}
                for outcome in discarded]
    names = [outcome.name for outcome in dataset.outcomes]
    pairs = [{'kind': kind, 'part': melody.part, 'name': names[melody.name],
              'melody': melody.index, 'other_part': other.part, 'other_name': names[other.name],
              'other_melody': other.index} for kind, melody, other in dataset.duplicates.pairs]
    head = json.dumps(summary, indent=2).removesuffix('\n}')
    lists = [_lines('first_duplicates', pairs), _lines('discarded_pieces', left_out),
             _lines('pieces', taken)]
    return ',\n'.join([head, *lists]) + '\n}\n'


def duplicate_counts(duplicates):
    """Returns a dict of 'training, eval' and the like to {'exact': int, 'transposed': int}."""
    counts = {}
    for part, other, kind in sorted(duplicates.counts):
        pair = counts.setdefault(f'{part}, {other}', {'exact': 0, 'transposed': 0})
        pair[kind] = duplicates.counts[part, other, kind]
    return counts


def why_empty(dataset):
    """Returns one line that says why no melody came out of a Dataset, by reason."""
    melodies = dataset.discarded_melodies()
    silent = [outcome for outcome in dataset.outcomes if not outcome.discarded_melodies]
    why = [f'no melody came out of --input={dataset.settings["input"]}',
           f'{len(dataset.outcomes)} pieces read']
    if melodies:
        why.append(f'melodies discarded: {counted(melodies)}')
    if cut := [outcome for outcome in dataset.outcomes if outcome.num_sections > 1]:
        why.append(f'pieces cut into sections by changes of tempo or meter: {len(cut):,} (the '
                   f'first, {cut[0].name}: {cut[0].num_sections:,} sections)')
    if silent:
        reasons = counted(Counter(outcome.reason for outcome in silent))
        why.append(f'pieces discarded: {reasons} (the first, {silent[0].name}: '
                   f'{silent[0].detail})')
    if melodies['polyphonic']:
        why.append('--ignore_polyphonic_notes takes the highest note instead')
    return '; '.join(why)


def summary_text(dataset):
    """Returns what a person should know about a Dataset, in a few lines."""
    num_pieces, num_reduced = len(dataset.outcomes), dataset.num_reduced()
    lines = [f'{num_pieces:,} pieces read; {num_reduced:,} of those with melodies are polyphonic: '
             'the highest note of each step was taken']
    if oracle := dataset.oracle:
        lines = [f'oracle:{oracle["name"]}: {num_pieces:,} melodies drawn; their entropy, the '
                 f'lowest possible loss, is {oracle["entropy_nats_per_event"]:.3f} nats per event']
    for name, part in dataset.parts.items():
        lines.append(f'{name:>8}: {part.num_melodies:,} melodies, {part.num_events:,} events, of '
                     f'{part.num_pieces:,} pieces of {part.num_compositions:,} compositions'
                     + (f': {part.path}' if part.path else ''))
    if melodies := dataset.discarded_melodies():
        lines.append(f'melodies discarded: {counted(melodies)}')
    if pieces := dataset.discarded_pieces():
        lines.append(f'pieces without a melody: {len(pieces):,} '
                     f'({counted(Counter(piece.reason for piece in pieces))}), such as')
        lines += [f'    {piece.name}: {piece.detail}' for piece in _varied(pieces)[:_NUM_NAMED]]
    lines += [*dataset.notes, *_duplicate_lines(dataset)]
    if not dataset.report_path:
        return '\n'.join([*lines, 'dry run: nothing was written'])
    if dataset.plot_path:
        lines.append(f'plot: {dataset.plot_path}')
    return '\n'.join([*lines, f'every piece by name: {dataset.report_path}'])


def _duplicate_lines(dataset):
    """Returns a line for each pair of different parts that have melodies in common."""
    fate = 'kept in' if dataset.settings['keep_duplicates'] else 'removed from'
    lines = []
    for pair, counts in duplicate_counts(dataset.duplicates).items():
        part, other = pair.split(', ')
        if part != other:
            lines.append(f'melodies of {part} that {other} has, too: {counted(Counter(counts))}'
                         + (f', {fate} {part}' if part in TRAINED_ON else ''))
    return lines


def _varied(pieces):
    """Returns pieces ordered so that one of each reason comes before a second of any."""
    seen, ranked = Counter(), []
    for piece in pieces:
        ranked.append((seen[piece.reason], piece))
        seen[piece.reason] += 1
    return [piece for _, piece in sorted(ranked, key=lambda pair: pair[0])]


def _part_summary(part):
    return {'file': part.path.name, 'pieces': part.num_pieces,
            'compositions': part.num_compositions, 'melodies': part.num_melodies,
            'events': part.num_events, 'sha256': part.sha256}


def _taken(outcome):
    row = {'name': outcome.name, 'part': outcome.part, 'melodies': outcome.num_melodies,
           'events': outcome.num_events, **_reading(outcome)}
    if outcome.discarded_melodies:
        row['discarded'] = dict(outcome.discarded_melodies.most_common())
    if outcome.left_out:
        row['left_out'] = outcome.left_out
    return row


def _reading(outcome):
    """Returns what read a piece and into how many sections it was cut, where there is any."""
    row = {'reader': outcome.reader} if outcome.reader else {}
    return row | ({'sections': outcome.num_sections} if outcome.num_sections > 1 else {})


def _lines(name, rows):
    """Returns a member of a JSON object: a list with one row on each line."""
    return f'  "{name}": [' + ','.join(f'\n    {json.dumps(row)}' for row in rows) + '\n  ]'
