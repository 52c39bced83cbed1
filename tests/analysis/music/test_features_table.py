"""All features of five fixed melodies are the committed table, and each is in docs/features.md."""

import csv
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.analysis.music.features import FEATURES, measure_features
from tests.five_melodies import MELODIES

TABLE = Path(__file__).parent / 'features_of_five_melodies.csv'


def rows():
    """Yields (melody, feature, place in it, value); what a melody lacks is nan."""
    found = measure_features(list(MELODIES.values()))
    for feature, values in found.items():
        for name, row in zip(MELODIES, values, strict=True):
            for place, value in enumerate(row):
                # A matrix or histogram has its entries that are not 0.
                if value or len(row) == 1:
                    yield name, feature, place, value


def test_the_features_of_five_melodies_are_those_of_the_table():
    with TABLE.open(newline='') as file:
        stored = {tuple(row[:3]): float(row[3]) for row in list(csv.reader(file))[1:]}
    found = {(name, feature, str(place)): value for name, feature, place, value in rows()}
    assert found.keys() == stored.keys()
    for key, value in found.items():
        assert value == pytest.approx(stored[key], abs=1e-9, nan_ok=True), key
    assert {feature for _, feature, _ in found} == set(FEATURES)


def test_every_feature_has_its_formula_in_the_documentation():
    text = (Path(__file__).parents[3] / 'docs' / 'features.md').read_text()
    lines = {line.split('`')[1]: line for line in text.splitlines() if line.startswith('| `')}
    assert list(lines) == list(FEATURES)
    assert all(np.char.count(line, '|') == 5 for line in lines.values())


if __name__ == '__main__':  # Writes the table: after a feature was added.
    with TABLE.open('w', newline='') as output:
        writer = csv.writer(output, lineterminator='\n')
        writer.writerow(['melody', 'feature', 'place', 'value'])
        writer.writerows((*key, repr(float(value))) for *key, value in rows())
