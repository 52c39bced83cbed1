"""What limits a comparison with the melodies that runs were trained on."""


def training_notes(material):
    """Says where the training melodies given are not those that runs were trained on.

    Args:
        material: Material with training melodies.

    Returns:
        list of str, none if nothing is amiss.
    """
    notes = []
    if material.training.sha256 == material.examples.sha256:
        notes.append('The training file and the held-out file are the same: nothing is held out.')
    others = [group.label for group in material.groups
              if group.training_data not in ('', material.training.sha256)]
    if others:
        notes.append(f'The training file is not the one that {", ".join(others)} was trained on.')
    return notes
