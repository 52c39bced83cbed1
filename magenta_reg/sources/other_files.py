"""The files of an input that are not read, by suffix: nobody has to wonder where music went."""

import posixpath
import re
from collections import Counter

from magenta_reg.readers.formats import FORMATS, is_music

_NO_SUFFIX = 'without a suffix'
_SUFFIX = re.compile(r'\.\w{1,12}~?')
_ARCHIVE = re.compile(r'\.(zip|tar|t?gz|tbz2|bz2|t?xz|zst|rar|7z)')
# Scores, sequencers, trackers, recordings.
_MUSIC = re.compile(
    r'\.(msc[zx]|gp[3-8x]?|gtp|ptb|tef|tg|sib|musx?|en[cf]|ly|krn|mei|nwc|nwctxt|capx?|dorico|'
    r'cpr|als|flp|logicx|band|rpp|ptx|npr|wrk|cwp|rmid|m?xmf|mml|mod|s3m|xm|it|'
    r'mp3|wav|flac|og[ga]|opus|m4a|aac|aiff?|wma)')


def count_others(names, table=None):
    """Returns a Counter of the suffixes of files, paths with '/', that are neither music nor table.

    Twins that macOS writes ('._x') do not count.
    """
    return Counter(_suffix(name) for name in names
                   if not is_music(name) and name != table
                   and not posixpath.basename(name).startswith('._'))


def _suffix(name):
    """Returns a file's suffix in lower case, with that of a format before it: '.mid.gz'."""
    stem, suffix = posixpath.splitext(posixpath.basename(name).lower())
    if not _SUFFIX.fullmatch(suffix):
        return _NO_SUFFIX
    inner = posixpath.splitext(stem)[1]
    return inner + suffix if inner in FORMATS else suffix


def is_unread_music(suffix):
    """Returns whether a suffix is one of music in a form that is not read: '.gp5', '.mid.gz'."""
    is_wrapped = suffix.startswith(tuple(known + mark for known in FORMATS for mark in '.~'))
    return is_wrapped or bool(_MUSIC.fullmatch(suffix))


def but_others(others):
    """Returns a Counter of suffixes as the end of an error: ', but 3 .gp5, 1 .txt'; or ''."""
    return f', but {_listed(others)}' if others else ''


def lines_about(others):
    """Returns the lines that a person should read of a Counter of suffixes: music, archives."""
    music, archives = (Counter({suffix: count for suffix, count in others.items()
                                if is_kind(suffix)})
                       for is_kind in (is_unread_music, _ARCHIVE.fullmatch))
    lines = []
    if music:
        lines.append(f'files that are not read: {_listed(music)}; save such music as MIDI, ABC or '
                     'MusicXML')
    if archives:
        lines.append(f'archives in the input that are not opened: {_listed(archives)}; unpack '
                     'them, or give each as --input')
    return lines


def _listed(counts, max_named=8):
    named = [f'{count:,} {suffix}' for suffix, count in counts.most_common(max_named)]
    return ', '.join(named + ['...'] * (len(counts) > max_named))
