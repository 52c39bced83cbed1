"""The split follows compositions, and depends on nothing else."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.dataset.split import choose_split
from magenta_reg.readers.notes import Piece

UNSPLIT = SimpleNamespace(splits=())
SPLIT = SimpleNamespace(splits=('train', 'validation', 'test'))


def pieces(num_groups, split=None):
    return [Piece(f'{number}/{take}.mid', f'composition {number}', split)
            for number in range(num_groups) for take in range(2)]


def parts(num_groups, eval_ratio, seed, **options):
    split = choose_split(UNSPLIT, eval_ratio, seed, **options)
    return [split.part_of(piece) for piece in pieces(num_groups)]


def test_all_pieces_of_a_composition_go_into_one_part():
    of_pieces = parts(500, 0.5, 0, test_ratio=0.2)
    assert of_pieces[::2] == of_pieces[1::2]
    assert set(of_pieces) == {'training', 'eval', 'test'}


def test_by_file_performances_of_one_composition_go_into_several_parts():
    of_pieces = parts(500, 0.5, 0, split_by='file')
    num_apart = sum(a != b for a, b in zip(of_pieces[::2], of_pieces[1::2], strict=True))
    assert num_apart == pytest.approx(250, abs=4 * (500 * 0.25) ** 0.5)


shares = st.floats(0, 1).map(lambda share: round(share, 3))


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=30), st.data(),
       shares, shares, st.integers(0, 2 ** 31), st.sampled_from(['composition', 'file']))
def test_what_is_added_removed_or_reordered_changes_nothing_for_the_others(
        files, data, eval_ratio, share_of_rest, seed, split_by):
    test_ratio = (1 - eval_ratio) * share_of_rest
    music = [Piece(name, group) for group, name in files]
    kept = [piece for piece in data.draw(st.permutations(music)) if data.draw(st.booleans())]
    before = choose_split(UNSPLIT, eval_ratio, seed, test_ratio, split_by)
    after = choose_split(UNSPLIT, eval_ratio, seed, test_ratio, split_by)
    of_all = {piece: before.part_of(piece) for piece in music}
    assert {piece: after.part_of(piece) for piece in kept} == {
        piece: of_all[piece] for piece in kept}
    units = {(piece.name if split_by == 'file' else piece.group, part)
             for piece, part in of_all.items()}
    assert len(units) == len(dict(units))
    assert set(of_all.values()) <= set(before.parts)


def test_another_seed_parts_otherwise():
    assert parts(100, 0.3, 0) != parts(100, 0.3, 1)


def test_a_larger_ratio_only_adds_to_the_evaluation_part():
    small, large = parts(500, 0.2, 0), parts(500, 0.4, 0)
    assert all(after == 'eval' for before, after in zip(small, large, strict=True)
               if before == 'eval')


@pytest.mark.parametrize('eval_ratio', [0.0, 0.1, 0.6])
def test_a_test_part_takes_from_training_alone(eval_ratio):
    without = parts(500, eval_ratio, 5)
    small = parts(500, eval_ratio, 5, test_ratio=0.2)
    large = parts(500, eval_ratio, 5, test_ratio=0.4)
    assert [part if part == 'eval' else 'rest' for part in without] == [
        part if part == 'eval' else 'rest' for part in large]
    assert all(after == 'test' for before, after in zip(small, large, strict=True)
               if before == 'test')


@pytest.mark.parametrize('eval_ratio', [0.0, 0.1, 0.5])
@pytest.mark.parametrize('test_ratio', [None, 0.2])
def test_a_judge_part_takes_from_training_alone(eval_ratio, test_ratio):
    without, small, large = (parts(500, eval_ratio, 5, test_ratio=test_ratio, judge_ratio=ratio)
                             for ratio in (None, 0.1, 0.3))
    for before, after in ((without, small), (without, large), (small, large)):
        assert all(one == other or (one, other) == ('training', 'judge')
                   for one, other in zip(before, after, strict=True))
    assert large.count('judge') / 1000 == pytest.approx(0.3, abs=4 * (0.21 / 500) ** 0.5)


def test_the_judge_takes_pieces_of_the_sources_own_training_part_alone():
    split = choose_split(SPLIT, None, 5, judge_ratio=0.3)
    assert split.parts == ('training', 'judge', 'eval', 'test')
    of_splits = [[split.part_of(piece) for piece in pieces(500, name)] for name in SPLIT.splits]
    assert [set(each) for each in of_splits] == [{'training', 'judge'}, {'eval'}, {'test'}]
    training = of_splits[0]
    assert training[::2] == training[1::2]
    assert training.count('judge') / 1000 == pytest.approx(0.3, abs=4 * (0.21 / 500) ** 0.5)
    split.check({'training': 1, 'judge': 1, 'eval': 1, 'test': 0})
    with pytest.raises(UserError, match=r'judge part came out empty.*another --judge_ratio than'):
        split.check({'training': 1, 'judge': 0, 'eval': 1, 'test': 0})


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8), st.sampled_from(SPLIT.splits)),
                max_size=30), st.sampled_from([SPLIT, UNSPLIT]), shares, shares, shares,
       st.integers(0, 2 ** 31), st.sampled_from(['composition', 'folder', 'file']))
def test_a_training_share_takes_from_training_alone_and_less_the_larger_it_is(
        files, source, eval_ratio, small, large, seed, split_by):
    music = [Piece(name, group, own) for name, group, own in files]
    small, large = sorted([max(small, 1e-3), max(large, 1e-3)])
    options = {'split_by': split_by, 'judge_ratio': (1 - eval_ratio) / 3}
    eval_ratio = eval_ratio if source is UNSPLIT else None
    of_share = {share: [choose_split(source, eval_ratio, seed, training_share=share,
                                     **options).part_of(piece) for piece in music]
                for share in (small, large, 1)}
    assert of_share[1] == list(map(choose_split(source, eval_ratio, seed, **options).part_of,
                                   music))
    for fewer, more in ((small, large), (large, 1)):
        assert all(one == other or (one, other) == (None, 'training')
                   for one, other in zip(of_share[fewer], of_share[more], strict=True))


@pytest.mark.parametrize('eval_ratio', [0.0, 0.5])
@pytest.mark.parametrize('share', [0.01, 0.1, 0.5])
def test_the_training_share_is_of_whole_compositions_wherever_they_are_split(eval_ratio, share):
    of_pieces = parts(4000, eval_ratio, 5, training_share=share)
    assert of_pieces[::2] == of_pieces[1::2]
    num_training = parts(4000, eval_ratio, 5).count('training') / 2
    assert of_pieces.count('training') / 2 / num_training == pytest.approx(
        share, abs=4 * (share * (1 - share) / num_training) ** 0.5)


def test_another_seed_keeps_others():
    one, other = (parts(100, 0.0, seed, training_share=0.5) for seed in (0, 1))
    assert one != other


def test_a_line_counts_what_the_training_share_keeps():
    music = pieces(7)
    split = choose_split(UNSPLIT, 0.0, 0, training_share=0.25)
    assert split.lines_about_share(music[:4], music[4:]) == [
        '--training_share=0.25 keeps 2 of 7 composition(s) of the training part: 4 of 14 pieces']
    by_file = choose_split(UNSPLIT, 0.0, 0, split_by='file', training_share=0.25)
    assert by_file.lines_about_share(music[:4], music[4:]) == [
        '--training_share=0.25 keeps 4 of 14 file(s) of the training part: 4 of 14 pieces']
    assert choose_split(UNSPLIT, 0.0, 0).lines_about_share(music, []) == []


@pytest.mark.parametrize('seed', range(5))
def test_a_training_share_that_keeps_nothing_names_the_least_one_that_keeps_one(seed):
    split = choose_split(UNSPLIT, 0.0, seed, training_share=1e-9)
    with pytest.raises(UserError, match=r'=1e-09 keeps none of the 50 composition\(s\) of the '
                                        r'training part; the least share .* one is ') as error:
        split.lines_about_share([], pieces(50))
    least = float(str(error.value).split()[-1])
    kept = parts(50, 0.0, seed, training_share=least)
    assert kept.count('training') == 2  # Both pieces of one composition.
    assert set(parts(50, 0.0, seed, training_share=0.98 * least)) == {None}


@pytest.mark.parametrize('share', [0.0, -0.1, 1.5, float('nan')])
def test_a_training_share_outside_its_range_is_an_error(share):
    with pytest.raises(UserError, match=rf'--training_share={share} is not in \(0, 1\]'):
        choose_split(SPLIT, None, 0, training_share=share)


def test_a_larger_evaluation_part_takes_from_training_alone():
    small, large = (parts(500, ratio, 5, test_ratio=0.3) for ratio in (0.2, 0.5))
    assert all(before == after or (before, after) == ('training', 'eval')
               for before, after in zip(small, large, strict=True))


@pytest.mark.parametrize('eval_ratio', [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize('test_ratio', [None, 0.0, 0.3, 0.5])
def test_the_share_of_compositions_is_the_ratio(eval_ratio, test_ratio):
    if eval_ratio + (test_ratio or 0) > 1:
        test_ratio = None
    of_pieces = parts(2000, eval_ratio, 3, test_ratio=test_ratio)
    for part, ratio in (('eval', eval_ratio), ('test', test_ratio or 0.0)):
        share = of_pieces.count(part) / 4000
        assert share == pytest.approx(ratio, abs=4 * (ratio * (1 - ratio) / 2000) ** 0.5)


def test_no_part_is_left_for_training_if_the_ratios_fill_all():
    assert set(parts(2000, 0.7, 0, test_ratio=0.3)) == {'eval', 'test'}


def test_the_default_ratio_is_magentas():
    assert parts(200, None, 0) == parts(200, 0.1, 0)


def test_the_parts_are_in_their_order():
    assert choose_split(UNSPLIT, 0.1, 0, 0.1).parts == ('training', 'eval', 'test')
    assert choose_split(UNSPLIT, 0.1, 0, 0.0).parts == ('training', 'eval')
    assert choose_split(SimpleNamespace(splits=('test', 'validation', 'train')), None, 0).parts == (
        'training', 'eval', 'test')


def test_the_sources_own_split_is_used_unless_another_is_asked_for():
    own = choose_split(SPLIT, None, 0)
    assert own.parts == ('training', 'eval', 'test')
    assert [own.part_of(piece) for split in SPLIT.splits for piece in pieces(1, split)[:1]] == (
        ['training', 'eval', 'test'])
    assert choose_split(SPLIT, 0.1, 0).parts == ('training', 'eval')
    assert choose_split(SPLIT, None, 0, test_ratio=0.2).eval_ratio == 0.1
    assert choose_split(SPLIT, None, 0, split_by='file').parts == ('training', 'eval')


@given(shares, st.integers(0, 99), st.sampled_from(['composition', 'folder', 'file']),
       st.sampled_from([None, 0.0, 0.3]))
def test_an_automatic_test_part_is_the_sources_own_or_a_tenth(share, seed, split_by, eval_ratio):
    options = {'split_by': split_by, 'judge_ratio': round(0.5 * share, 3)}
    for source in (SPLIT, UNSPLIT):
        is_own = source is SPLIT and split_by == 'composition' and eval_ratio is None
        assert choose_split(source, eval_ratio, seed, 'auto', **options) == choose_split(
            source, eval_ratio, seed, None if is_own else 0.1, **options)


def test_an_automatic_test_part_that_the_source_does_not_have_is_an_error():
    source = SimpleNamespace(splits=('train', 'validation'))
    assert choose_split(source, None, 0).parts == ('training', 'eval')
    with pytest.raises(UserError, match="'test': give --eval_ratio to split"):
        choose_split(source, None, 0, 'auto')
    assert choose_split(source, 0.1, 0, 'auto').parts == ('training', 'eval', 'test')


def test_a_split_without_validation_is_an_error():
    with pytest.raises(UserError, match="'validation': give --eval_ratio"):
        choose_split(SimpleNamespace(splits=('train', 'test')), None, 0)


@pytest.mark.parametrize('ratio', [-0.1, 1.5, float('nan'), 'atuo'])
def test_a_ratio_outside_its_range_is_an_error(ratio):
    with pytest.raises(UserError, match='eval_ratio'):
        choose_split(UNSPLIT, ratio, 0)
    with pytest.raises(UserError, match='test_ratio'):
        choose_split(UNSPLIT, 0.1, 0, ratio)
    for source in (UNSPLIT, SPLIT):
        with pytest.raises(UserError, match=f'--judge_ratio={ratio} is not in'):
            choose_split(source, None, 0, judge_ratio=ratio)


def test_ratios_that_leave_less_than_nothing_are_an_error():
    with pytest.raises(UserError, match=r'--eval_ratio=0.6 and --test_ratio=0.5 add up to more'):
        choose_split(UNSPLIT, 0.6, 0, 0.5)
    with pytest.raises(UserError, match=r'=0.5 and --test_ratio=0.3 and --judge_ratio=0.3 add up'):
        choose_split(UNSPLIT, 0.5, 0, 0.3, judge_ratio=0.3)
    with pytest.raises(UserError, match='add up'):  # 0.1 is the default for evaluation.
        choose_split(UNSPLIT, None, 0, 1.0)


def test_an_unknown_way_to_split_is_an_error():
    with pytest.raises(UserError, match="--split_by 'files': did you mean 'file'"):
        choose_split(UNSPLIT, 0.1, 0, split_by='files')


def check(eval_ratio, test_ratio=None, source=UNSPLIT, split_by='composition', **sizes):
    split = choose_split(source, eval_ratio, 0, test_ratio, split_by)
    split.check(dict(zip(split.parts, sizes.values(), strict=True)))


def test_an_empty_part_is_an_error_with_a_way_out():
    with pytest.raises(UserError, match=r'eval part came out empty.*--eval_ratio=0 to train on'):
        check(0.1, training=1, eval=0)
    with pytest.raises(UserError, match=r'eval part came out empty.*or another --seed'):
        check(0.1, training=2, eval=0)
    with pytest.raises(UserError, match='training part came out empty: none of the 2 comp'):
        check(0.9, training=0, eval=2)
    with pytest.raises(UserError, match='training part came out empty: none of the 2 file'):
        check(0.9, split_by='file', training=0, eval=2)
    with pytest.raises(UserError, match=r'test part came out empty.* or --test_ratio than 0.2,'):
        check(0.1, 0.2, training=2, eval=1, test=0)
    split = choose_split(UNSPLIT, 0.1, 0, judge_ratio=0.2)
    with pytest.raises(UserError, match=r'judge part .* or --judge_ratio than 0.2,'):
        split.check({'training': 2, 'judge': 0, 'eval': 1})
    with pytest.raises(UserError, match='otherwise than the CSV'):
        check(None, source=SPLIT, training=2, eval=0, test=1)


def test_an_empty_part_is_none_if_it_was_asked_for():
    check(0.1, training=1, eval=1)
    check(0.0, training=1, eval=0)
    check(1.0, training=0, eval=1)
    check(0.7, 0.3, training=0, eval=1, test=1)
    check(0.0, 0.3, training=1, eval=0, test=1)
    check(None, source=SPLIT, training=1, eval=1, test=0)


def lines(eval_ratio, test_ratio=None, split_by='composition', units=None, **sizes):
    split = choose_split(UNSPLIT, eval_ratio, 0, test_ratio, split_by)
    return split.lines_about(sizes, units or sizes)


def test_a_share_far_from_the_asked_one_is_said_with_numbers_and_a_way_out():
    assert lines(0.2, training=12, eval=15, units={'training': 1, 'eval': 1}) == [
        'eval has 15 of 27 pieces, 56%, where --eval_ratio=0.2 asks for 20%: 2 composition(s) are '
        'few or of unequal size; give another --seed, or --split_by=file']
    (line,) = lines(0.1, 0.1, split_by='file', training=6, eval=1, test=3)
    assert line.startswith('test has 3 of 10 pieces, 30%, where --test_ratio=0.1 asks for 10%')
    assert line.endswith('give another --seed')


def test_a_share_that_is_near_or_all_is_not_said():
    assert lines(0.1, training=90, eval=10) == lines(0.1, training=86, eval=14) == []
    assert lines(0.0, training=9, eval=0) == lines(1.0, training=0, eval=9) == []
    assert lines(None, 0.3, training=6, eval=1, test=3) == []
    own = choose_split(SPLIT, None, 0)
    assert own.lines_about({'training': 1, 'eval': 5, 'test': 9}, {}) == []
    own = choose_split(SPLIT, None, 0, judge_ratio=0.5)
    assert own.lines_about({'training': 5, 'judge': 5, 'eval': 50}, {}) == []
    (line,) = own.lines_about({'training': 9, 'judge': 1, 'eval': 50}, {'training': 2, 'judge': 1})
    assert line.startswith('judge has 1 of 10 pieces, 10%, where --judge_ratio=0.5 asks for 50%: 3')
