"""dataset.json: what a data set was made of and what was left out, piece by piece."""

import json
from collections import Counter

import magenta_reg


def report_text(dataset):
    """Returns the text of dataset.json; every piece has a line of its own.

    Args:
        dataset: Dataset.
    """
    discarded = dataset.discarded_pieces()
    summary = {
        'magenta_reg': magenta_reg.__version__,
        'settings': dataset.settings,
        'parts': {name: _part_summary(part) for name, part in dataset.parts.items()},
        'pieces_read': len(dataset.outcomes),
        'pieces_reduced_to_the_highest_note': dataset.num_reduced(),
        'discarded_melodies_by_reason': _descending(dataset.discarded_melodies()),
        'discarded_pieces_by_reason': _descending(Counter(
            outcome.reason for outcome in discarded)),
    }
    taken = [{'name': outcome.name, 'part': outcome.part, 'melodies': outcome.num_melodies,
              'events': outcome.num_events} for outcome in dataset.outcomes if outcome.part]
    left_out = [{'name': outcome.name, 'reason': outcome.detail} for outcome in discarded]
    head = json.dumps(summary, indent=2).removesuffix('\n}')
    return f'{head},\n{_lines("discarded_pieces", left_out)},\n{_lines("pieces", taken)}\n}}\n'


def _part_summary(part):
    return {'file': part.path.name, 'pieces': part.num_pieces,
            'compositions': part.num_compositions, 'melodies': part.num_melodies,
            'events': part.num_events, 'sha256': part.sha256}


def _descending(counts):
    return dict(counts.most_common())


def _lines(name, rows):
    """Returns a member of a JSON object: a list with one row on each line."""
    return f'  "{name}": [' + ','.join(f'\n    {json.dumps(row)}' for row in rows) + '\n  ]'
