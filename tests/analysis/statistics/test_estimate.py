import json

import numpy as np

from magenta_reg.analysis.statistics.estimate import Estimate, plain


def test_numbers_become_json_and_what_is_not_finite_becomes_none():
    found = plain({'a': Estimate(np.float64(1.5), float('nan'), np.inf, n_melodies=np.int64(3)),
                   4: [np.array([[1, 2]], np.int32), np.bool_(True), (None, 'x', -0.5)],
                   'array': np.array([np.nan, 2.0])})
    assert found == {'a': {'value': 1.5, 'low': None, 'high': None},
                     '4': [[[1, 2]], True, [None, 'x', -0.5]], 'array': [None, 2.0]}
    each = Estimate(np.float64(1.5), p=np.nan, n_melodies=np.int64(3))
    assert each.plain('p', n='n_melodies') == {
        'value': 1.5, 'low': None, 'high': None, 'p': None, 'n': 3}
    assert json.loads(json.dumps(found, allow_nan=False)) == found
