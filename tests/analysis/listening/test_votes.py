"""What is read of votes files, and what is refused in one line."""

import csv
import itertools

import pytest

from magenta_reg.analysis.listening.votes import LEFT, NEITHER, RIGHT, Vote, find_votes, read_votes
from magenta_reg.base.errors import UserError
from tests.analysis.listening.small_test import make_small_test

COLUMNS = ['test', 'listener', 'pair', 'beginning', 'repeat_of', 'left', 'right', 'vote']


@pytest.fixture(scope='module')
def test(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return make_small_test(tmp_path_factory.mktemp('runs'), monkeypatch)


def rows_of(test, listener, words):
    """Returns rows as listening.html saves them; `words` are of the first pairs."""
    return [[test.id, listener, str(index + 1), str(pair.melody + 1), '', *pair.sides, word]
            for index, (pair, word) in enumerate(zip(test.pairs, words, strict=False))]


def write(path, rows, columns=COLUMNS, encoding='utf-8'):
    with open(path, 'w', newline='', encoding=encoding) as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def test_votes_are_read_in_the_order_of_listeners_and_pairs_whatever_the_order_of_files(
        test, tmp_path):
    files = [write(tmp_path / f'{name}.csv', rows_of(test, name, words)[::-1], encoding=encoding)
             for name, words, encoding in (('Zoë, "the ear"', [LEFT, NEITHER], 'utf-8'),
                                           ('12', [RIGHT], 'utf-8-sig'))]
    expected = [Vote('12', 0, RIGHT), Vote('Zoë, "the ear"', 0, LEFT),
                Vote('Zoë, "the ear"', 1, NEITHER)]
    for order in itertools.permutations(files):
        assert read_votes(order, test) == expected


def test_a_file_can_hold_several_listeners(test, tmp_path):
    rows = rows_of(test, 'a', [LEFT]) + rows_of(test, 'b', [RIGHT])
    assert read_votes([write(tmp_path / 'v.csv', rows)], test) == [
        Vote('a', 0, LEFT), Vote('b', 0, RIGHT)]


def changed(test, column, text):
    row, = rows_of(test, 'Ann', [LEFT])
    row[COLUMNS.index(column)] = text
    return [row]


@pytest.mark.parametrize(('column', 'text', 'message'), [
    ('test', 'ffff', "a vote on the test 'ffff', and this comparison has "),
    ('listener', ' ', 'no listener'),
    ('pair', '0', "pair '0': the test has the pairs 1 to 34"),
    ('pair', '35', "pair '35'"),
    ('pair', '\u00b2', "pair '\u00b2'"),
    ('left', 'a method', "'a method' on the left of pair 1, where the test has "),
    ('right', 'a\nmethod', r"'a\\nmethod' on the right of pair 1"),
    ('vote', 'Left', "vote 'Left': valid are left, right, neither"),
])
def test_a_row_that_is_no_vote_is_one_line(test, tmp_path, column, text, message):
    path = write(tmp_path / 'v.csv', changed(test, column, text))
    with pytest.raises(UserError, match='line [23]: ' + message) as info:
        read_votes([path], test)
    assert '\n' not in str(info.value)


@pytest.mark.parametrize(('content', 'message'), [
    (b'', "has no column 'test'"),
    (b'test;listener;pair\n', "has no column 'test'"),
    (b'test,listener,pair,left,right,vote\n', 'holds no votes'),
    (b'test,listener,pair,left,right,vote\na,b\n', 'line 2: not as many cells as columns'),
    (b'test,listener,pair,left,right,vote\na,b,1,c,d,left,e\n', 'not as many cells'),
    (b'test,listener,pair,left,right,vote\na,"b"c",1\n', 'is no CSV file in UTF-8'),
    (b'\xff\xfe\x00', 'is no CSV file in UTF-8'),
])
def test_a_file_that_holds_no_votes_is_one_line(test, tmp_path, content, message):
    path = tmp_path / 'v.csv'
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as info:
        read_votes([path], test)
    assert str(path) in str(info.value)
    assert '\n' not in str(info.value)


def test_two_votes_of_one_listener_on_a_pair_are_refused(test, tmp_path):
    files = [write(tmp_path / f'{name}.csv', rows_of(test, 'Ann', words))
             for name, words in (('some', [LEFT]), ('all', [LEFT, RIGHT]))]
    with pytest.raises(UserError, match=r"'Ann' voted twice on pair 1, in .*e.csv and .*l.csv"):
        read_votes(files, test)


def test_files_are_found_by_name_and_by_pattern_once_each(tmp_path, monkeypatch):
    for name in ('b.csv', 'a.csv', 'odd[1].csv', 'notes.txt'):
        (tmp_path / name).touch()
    (tmp_path / 'folder.csv').mkdir()
    monkeypatch.chdir(tmp_path)
    found = find_votes(f'odd[1].csv, {tmp_path}/*.csv,b.csv')
    assert [path.name for path in found] == ['a.csv', 'b.csv', 'odd[1].csv']


@pytest.mark.parametrize(('text', 'message'), [
    ('', '--votes is empty'), (' , ', '--votes is empty'),
    ('*.csv', r'--votes: no such file: \*.csv'), ('nowhere.csv', 'no such file: nowhere.csv')])
def test_names_of_nothing_are_one_line(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        find_votes(text)
