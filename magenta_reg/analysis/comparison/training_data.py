"""Were networks of several encodings trained on the same melodies? Their files differ."""

import hashlib

from magenta_reg.analysis.comparison.runs import read_melodies
from magenta_reg.dataset.examples import example_record


def read_training(pattern, groups):
    """Reads the training melodies and gives all Groups that were trained on them their hash.

    A run records the hash of its own file, in which the melodies are in its own encoding.

    Args:
        pattern: str, path or glob of SequenceExample files of one of the encodings; or None.
        groups: list of Group.

    Returns:
        Examples, or None.
        list of Group.
    """
    if not pattern:
        return None, groups
    training = read_melodies(pattern, [run for group in groups for run in group.runs])
    foreign = {group.encoding: group.runs[0].model.encoding for group in groups
               if group.training_data not in ('', training.sha256)}
    hashes = {name: _encoded_sha256(training.events, encoding)
              for name, encoding in foreign.items()}
    return training, [
        group._replace(training_data=training.sha256)
        if group.training_data == hashes.get(group.encoding) else group
        for group in groups]


def _encoded_sha256(melodies, encoding):
    """Returns the SHA-256 of the file that a data set of melodies in an encoding has."""
    digest = hashlib.sha256()
    for events in melodies:
        digest.update(example_record(events, encoding.codec))
    return digest.hexdigest()
