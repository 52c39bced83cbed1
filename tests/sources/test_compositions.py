"""Without a table a folder is a composition where that is plausible; else files of one title."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.sources.compositions import compositions, folder_of, title_of
from magenta_reg.sources.open_source import open_source

SONGS = ['Help', 'Yesterday', 'Waterloo', 'Imagine', 'Hey Jude', 'Angie', 'Roxanne', 'Creep',
         'Wonderwall', 'Hallelujah', 'Layla', 'Africa', 'Thriller']


def groups(names):
    return compositions(names)[0]


def is_by_folder(names):
    found, line = compositions(names)
    assert (not line) == (found == {name: folder_of(name) for name in names})
    return not line


@pytest.mark.parametrize('name', [
    'song.mid', 'Song.MID', 'song.xml', 'song (1).mid', 'song(2).mid', 'song [3].mid',
    'song copy.mid', 'song copy 2.mid', 'Song - Copy.mid', 'song - Copy (2).mid',
    'song (copy).mid', 'song (another copy).mid', 'song (3rd copy).mid', 'song - Kopie.mid',
    'song_v2.mid', 'song ver. 3.mid', 'song version 2.mid', 'song take 2.mid', 'song_take3.mid',
    'song.1.mid', 'song.12.mid', 'song (1) copy.mid', 'song (v2).mid', 'a/b/song.mid'])
def test_marks_of_versions_are_no_part_of_a_title(name):
    assert title_of(name) == 'song'


@pytest.mark.parametrize(('one', 'other'), [
    ('op.9.mid', 'op.10.mid'), ('nocturne op.9.mid', 'nocturne op.27.mid'),
    ('no.1.mid', 'no.2.mid'), ('k.331.mid', 'k.330.mid'), ('bwv.10.mid', 'bwv.11.mid'),
    ('hob.16.mid', 'hob.17.mid'), ('track.01.mid', 'track.02.mid'), ('track_1.mid', 'track_2.mid'),
    ('prelude 1.mid', 'prelude 2.mid'), ('sonata-1.mid', 'sonata-2.mid'),
    ('1.mid', '2.mid'), ('take 1.mid', 'take 2.mid'), ('(1).mid', '(2).mid'),
    ('Live 1965.mid', 'Live (1966).mid'), ('x/1.mid', 'y/1.mid'), ('x/01.mid', '01.mid'),
    ('Mr. Blue.mid', 'Mr. Sky.mid'), ('Mr. Blue', 'Mr. Sky'), ('!.mid', '?.mid'),
    ('日本.mid', '東京.mid'), ('été.mid', 'hiver.mid')])
def test_what_may_be_a_title_stays(one, other):
    assert title_of(one) != title_of(other)


def test_a_newcomers_songs_in_two_folders_are_split_by_title():
    names = [f'{folder}/{song}.mid' for folder, songs in [('rock', SONGS[:7]), ('pop', SONGS[7:])]
             for song in songs]
    found, line = compositions([*names, 'rock/Help (1).mid', 'pop/help.mid', 'top.mid'])
    assert len(set(found.values())) == len(SONGS) + 1
    assert found['rock/Help (1).mid'] == found['pop/help.mid'] == found['rock/Help.mid']
    assert line == ('2 folders hold 15 files of 13 titles: the files of a title count as one '
                    'composition; if a folder is one, give --split_by=folder')


def test_folders_of_takes_are_compositions():
    assert is_by_folder([f'{song}/{take}.mid' for song in SONGS[:4] for take in (1, 2, 3)])
    assert is_by_folder([f'{song}/it.mid' for song in SONGS])
    assert is_by_folder([f'{song}/{player}.mid' for song in SONGS for player in SONGS[:9]])
    assert is_by_folder(['Help/Help.mid', 'Angie/Angie.mid'])
    assert groups(['Help/1.mid', 'top.mid', 'top (1).mid']) == {
        'Help/1.mid': 'Help', 'top.mid': 'top', 'top (1).mid': 'top'}


def test_many_folders_with_few_files_each_are_compositions():
    assert is_by_folder([f'{number}/{song} {number}.mid' for number in range(10)
                         for song in SONGS[:8]])
    assert not is_by_folder([f'{number}/{song} {number}.mid' for number in range(9)
                             for song in SONGS[:8]])
    assert not is_by_folder([f'{number}/{song} {number}.mid' for number in range(10)
                             for song in SONGS[:9]])


def test_numbered_files_in_few_folders_are_compositions_by_themselves():
    found = groups([f'{folder}/{number:02}.mid' for folder in 'ab' for number in range(13)])
    assert len(set(found.values())) == 26


def test_a_backup_folder_does_not_tear_songs_apart():
    found = groups([f'{folder}/{song}.mid' for folder in ('songs', 'backup') for song in SONGS])
    assert len(set(found.values())) == len(SONGS)


def test_tune_books_do_not_decide():
    assert is_by_folder([f'books/{song}.abc' for song in SONGS])


def test_real_performances_without_their_table_are_by_folder(ecompetition):
    paths = [path.relative_to(ecompetition).as_posix()
             for path in Path(ecompetition).rglob('*.mid')]
    assert len(paths) == 950
    assert is_by_folder(paths)


parts = st.sampled_from(['a', 'B', '1', '02', 'song', 'song (1)', 'op.9', 'x copy', 'v2', 'é'])
paths = st.lists(parts, min_size=1, max_size=3).map(lambda each: '/'.join(each) + '.mid')


@given(st.lists(paths, unique=True, max_size=20), st.lists(paths, max_size=20))
def test_files_that_are_added_change_nothing_for_others_but_the_kind(names, added):
    everything = sorted({*names, *added})
    before, after = groups(names), groups(everything)
    if is_by_folder(names) == is_by_folder(everything):
        assert {name: after[name] for name in names} == before
    assert groups(everything[::-1]) == after
    assert all(after.values())


@given(st.text(min_size=1, max_size=20))
def test_any_name_has_a_title_which_is_a_title_of_itself(name):
    assert title_of(name)
    assert title_of(title_of(f'{name}.mid')) or not name.strip()


def test_split_by_folder_keeps_folders_whole_with_and_without_a_table(fill, tune):
    files = {f'{folder}/{song}.mid': tune for folder in ('x', 'y') for song in SONGS[:3]}
    table = 'canonical_composer,canonical_title,midi_filename\n' + ''.join(
        f'N,{name},{name}\n' for name in files)
    for extra in ({}, {'t.csv': table.encode()}):
        source = open_source(fill(files | extra, f'music{len(extra)}'), by_folder=True)
        assert {piece.group for _, piece in source.items} == {'x', 'y'}
        assert not source.grouping
