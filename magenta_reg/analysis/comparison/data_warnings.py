"""What limits a comparison with the melodies that runs were trained on."""


def training_notes(comparison):
    """Says where the training melodies given are not those that runs were trained on.

    Args:
        comparison: Comparison with training melodies.

    Returns:
        list of str, none if nothing is amiss.
    """
    notes = []
    if comparison.training.sha256 == comparison.examples.sha256:
        notes.append('The training file and the held-out file are the same: nothing is held out.')
    others = [group.label for group in comparison.groups
              if group.training_data not in ('', comparison.training.sha256)]
    if others:
        notes.append(f'The training file is not the one that {", ".join(others)} was trained on.')
    return notes
