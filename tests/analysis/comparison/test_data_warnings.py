from types import SimpleNamespace

import pytest

from magenta_reg.analysis.comparison.data_warnings import training_notes


def comparison(training, held_out, *of_groups):
    groups = [SimpleNamespace(label=f'group {index}', training_data=data)
              for index, data in enumerate(of_groups)]
    return SimpleNamespace(training=SimpleNamespace(sha256=training),
                           examples=SimpleNamespace(sha256=held_out), groups=groups)


def test_the_right_file_and_runs_that_recorded_none_need_no_note():
    assert training_notes(comparison('a', 'b', 'a', '')) == []


@pytest.mark.parametrize(('hashes', 'said'), [
    (('a', 'a', 'a'), 'are the same'), (('a', 'b', 'a', 'c'), 'not the one that group 1 was'),
])
def test_a_wrong_file_is_named(hashes, said):
    note, = training_notes(comparison(*hashes))
    assert said in note
