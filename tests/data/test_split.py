"""The split follows compositions, and depends on nothing else."""

import pytest

from magenta_reg.data.pieces import Piece
from magenta_reg.data.sources import Source
from magenta_reg.data.split import choose_split
from magenta_reg.errors import UserError


def pieces(num_groups, split=None):
    return [Piece(f'{take}.mid', f'composition {number}', split, None)
            for number in range(num_groups) for take in range(2)]


def parts(num_groups, eval_ratio, seed):
    split = choose_split(Source([], 0, None), eval_ratio, seed)
    return [split.part_of(piece) for piece in pieces(num_groups)]


def test_all_pieces_of_a_composition_go_into_one_part():
    of_pieces = parts(500, 0.5, 0)
    assert of_pieces[::2] == of_pieces[1::2]
    assert set(of_pieces) == {'training', 'eval'}


def test_pieces_that_are_added_change_nothing_for_those_that_were_there():
    assert parts(500, 0.3, 7)[:600] == parts(300, 0.3, 7)


def test_another_seed_parts_otherwise():
    assert parts(100, 0.3, 0) != parts(100, 0.3, 1)


def test_a_larger_ratio_only_adds_to_the_evaluation_part():
    small, large = parts(500, 0.2, 0), parts(500, 0.4, 0)
    assert all(after == 'eval' for before, after in zip(small, large, strict=True)
               if before == 'eval')


@pytest.mark.parametrize('eval_ratio', [0.0, 0.1, 0.5, 1.0])
def test_the_share_of_compositions_is_the_ratio(eval_ratio):
    share = parts(2000, eval_ratio, 3).count('eval') / 4000
    assert share == pytest.approx(eval_ratio, abs=4 * (0.25 / 2000) ** 0.5)
    assert (share == eval_ratio) or 0 < eval_ratio < 1


def test_the_default_ratio_is_magentas():
    assert parts(200, None, 0) == parts(200, 0.1, 0)


def test_the_sources_own_split_is_used_unless_a_ratio_is_given():
    source = Source([], 0, None, splits=('train', 'validation', 'test'))
    own = choose_split(source, None, 0)
    assert own.parts == ('training', 'eval', 'test')
    assert [own.part_of(piece) for split in source.splits for piece in pieces(1, split)[:1]] == (
        ['training', 'eval', 'test'])
    assert choose_split(source, 0.1, 0).parts == ('training', 'eval')


def test_a_split_without_validation_is_an_error():
    with pytest.raises(UserError, match="'validation': give --eval_ratio"):
        choose_split(Source([], 0, None, splits=('train', 'test')), None, 0)


@pytest.mark.parametrize('eval_ratio', [-0.1, 1.5, float('nan')])
def test_a_ratio_outside_its_range_is_an_error(eval_ratio):
    with pytest.raises(UserError, match='eval_ratio'):
        choose_split(Source([], 0, None), eval_ratio, 0)


def test_an_empty_part_is_an_error_with_a_way_out_unless_it_was_asked_for():
    def check(eval_ratio, training, evaluation):
        split = choose_split(Source([], 0, None), eval_ratio, 0)
        split.check({'training': training, 'eval': evaluation})

    check(0.1, 1, 1)
    check(0.0, 1, 0)
    check(1.0, 0, 1)
    with pytest.raises(UserError, match=r'eval part came out empty.*--eval_ratio=0 to train on'):
        check(0.1, 1, 0)
    with pytest.raises(UserError, match=r'eval part came out empty.*or another --seed'):
        check(0.1, 2, 0)
    with pytest.raises(UserError, match='training part came out empty'):
        check(0.9, 0, 2)
