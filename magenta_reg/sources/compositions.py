"""Which files are one composition where no table says it: those of a folder, or of a title."""

import posixpath
import re
import unicodedata

from magenta_reg.readers.formats import FORMATS, has_suffix

_TUNE_BOOK = ['.abc']  # Its tunes have titles.
_MANY_FOLDERS = 10
_MEAN_FILES = 8

# What tells two files of one piece apart: 'song (1)', 'song - Copy (2)', 'song_v2', 'song take 3',
# 'song.1', but neither 'op.9' nor 'track.01'.
_COPY = r'(another )?(\d+(st|nd|rd|th) )?(copy|kopie|copie|copia)( \d+)?'
_VERSION = r'(v|ver\.?|version|take)[ _.]?\d+'
_MARK = re.compile(rf'(\s*[(\[{{]({_COPY}|{_VERSION}|\d{{1,3}})[)\]}}]|[ _-]+({_COPY}|{_VERSION})|'
                   r'(?P<number>\.[1-9]\d?))\Z')
_NUMBERED = re.compile(r'([\W_]|\A)(opus|op|no|nr|num|k|kv|bwv|hob|rv|d|s|l|sz|woo|vol|part|pt|'
                       r'book|bk|act|chapter|ch|mvt|mov|movement|track|trk)\Z')


def title_of(name):
    """Returns the title that a file's path, with '/', names, without case and marks of versions.

    A name without letters, such as '01', is a title in its folder only.
    """
    folder, file = posixpath.split(name)
    stem, suffix = posixpath.splitext(file)
    stem = stem if has_suffix(suffix, FORMATS) else file
    plain = unicodedata.normalize('NFKC', stem).casefold().strip()
    title, plain = (re.sub(r'[\W_]+', ' ', each).strip() for each in (_unmarked(plain), plain))
    if re.search(r'[^\W\d_]', title):
        return title
    return posixpath.join(folder, title or plain or file)


def _unmarked(title):
    while mark := _MARK.search(title):
        if mark['number'] and _NUMBERED.search(title[:mark.start()]):
            break
        title = title[:mark.start()]
    return title


def compositions(names):
    """Returns a dict of files, relative with '/', to their composition; and a line to say, or ''.

    A folder is a composition where the folders, and not the files, have the titles: there are no
    more titles of files than folders, as where each has files 1.mid and 2.mid; or there are many
    folders with few files each. Otherwise, and beside all folders, the files of a title are one.

    A file that is added changes the composition of others only if it changes which of the two it
    is; then --split_by pins it.
    """
    in_folders = [name for name in names if '/' in name and not has_suffix(name, _TUNE_BOOK)]
    folders = {posixpath.dirname(name) for name in in_folders}
    titles = {title_of(posixpath.basename(name)) for name in in_folders}
    is_few_each = len(in_folders) <= _MEAN_FILES * len(folders)
    if len(titles) <= len(folders) or (len(folders) >= _MANY_FOLDERS and is_few_each):
        return {name: folder_of(name) for name in names}, ''
    line = (f'{len(folders):,} folders hold {len(in_folders):,} files of {len(titles):,} titles: '
            'the files of a title count as one composition; if a folder is one, give '
            '--split_by=folder')
    return {name: title_of(name) for name in names}, line


def folder_of(name):
    """Returns the folder of a file's path, with '/', or its title if it is beside all folders."""
    return posixpath.dirname(name) or title_of(name)
