"""What a data set is called in a folder, and the one hash that says which data set it is."""

import hashlib
import json
from pathlib import Path

REPORT_NAME = 'dataset.json'
PLOT_NAME = 'dataset.png'
PART_FILES = {part: f'{part}_melodies.tfrecord' for part in ('training', 'eval', 'test')}


def dataset_sha256(part_hashes):
    """Returns the hash of a whole data set: of its parts' contents, whatever they are called.

    Args:
        part_hashes: dict of str, a key of PART_FILES, to the hexadecimal SHA-256 of its file.
    """
    lines = [f'{part} {part_hashes[part]}\n' for part in PART_FILES if part in part_hashes]
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def dataset_identity(example_path):
    """Returns the hash of the data set that a file of examples belongs to.

    Args:
        example_path: str or Path of a TFRecord of SequenceExamples.

    Returns:
        str, hexadecimal SHA-256; None where no dataset.json beside the file lists the file as it
        is now.
    """
    path = Path(example_path)
    try:
        report = json.loads(path.with_name(REPORT_NAME).read_text(encoding='utf-8'))
        hashes = {part: summary['sha256'] for part, summary in report['parts'].items()}
        with open(path, 'rb') as file:
            own = hashlib.file_digest(file, 'sha256').hexdigest()
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # No data set of ours: examples may come from elsewhere.
    return dataset_sha256(hashes) if own in hashes.values() else None
