"""Results are kept by what they depend on."""

import numpy as np

from magenta_reg.analysis.comparison import cache as cache_module
from magenta_reg.analysis.comparison.cache import Cache, array_sha256


class Counted:
    def __init__(self, result):
        self.calls, self.result = 0, result

    def __call__(self):
        self.calls += 1
        return self.result


def test_equal_inputs_are_computed_once_even_by_another_process(tmp_path):
    compute = Counted({'a': np.arange(3)})
    for _ in range(2):
        cache = Cache(tmp_path / 'cache')
        for _ in range(2):
            found = cache.get('numbers', {'seed': 0}, compute)
            np.testing.assert_array_equal(found['a'], [0, 1, 2])
    assert compute.calls == 1
    assert (cache.num_found, cache.num_computed) == (2, 0)


def test_another_name_input_or_source_is_computed_again(tmp_path, monkeypatch):
    cache, compute = Cache(tmp_path), Counted(1)
    for name, inputs in (('a', {'seed': 0}), ('b', {'seed': 0}), ('a', {'seed': 1})):
        cache.get(name, inputs, compute)
    assert compute.calls == 3
    monkeypatch.setattr(cache_module, '_code_sha256', lambda: 'changed sources')
    cache.get('a', {'seed': 0}, compute)
    assert compute.calls == 4


def test_a_damaged_result_is_computed_again(tmp_path):
    compute = Counted('whole')
    Cache(tmp_path).get('a', {}, compute)
    path, = tmp_path.glob('*.pickle')
    path.write_bytes(path.read_bytes()[:5])
    assert Cache(tmp_path).get('a', {}, compute) == 'whole'
    assert compute.calls == 2
    assert Cache(tmp_path).get('a', {}, compute) == 'whole'
    assert compute.calls == 2


def test_what_was_not_asked_for_is_dropped(tmp_path):
    Cache(tmp_path).get('old', {}, Counted(1))
    cache = Cache(tmp_path)
    cache.get('new', {}, Counted(2))
    cache.drop_unused()
    assert [path.name.split('-')[0] for path in tmp_path.iterdir()] == ['new']


def test_arrays_differ_by_value_shape_and_type():
    arrays = [np.zeros(4, np.int32), np.zeros([2, 2], np.int32), np.zeros(4, np.float32),
              np.array([0, 0, 0, 1], np.int32)]
    assert len({array_sha256(array) for array in arrays}) == 4
    assert array_sha256(arrays[0]) == array_sha256(np.zeros(4, np.int32))
