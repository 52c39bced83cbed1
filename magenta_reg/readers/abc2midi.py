"""Tunes in ABC notation into Notes by abc2midi, the program that symusic ships.

It knows the whole language: rests, tuplets, ties, endings; what is repeated it plays twice. As a
C program with buffers of fixed size it runs in a process with limits, and gets lines of music only.

Source: the ABC standard, version 2.1: 4.13 (tuplets), 4.14 (decorations), outdated syntax.
"""

import os
import re
import resource
import subprocess
import tempfile
from pathlib import Path

from magenta_reg.readers.abc_text import WORD_LETTERS, is_field
from magenta_reg.readers.midi import read_midi

_TUNES_PER_RUN = 200  # That takes about a tenth of a second.
_MAX_FAILED_RUNS = 10
_MAX_CPU_SECS = 5
_MAX_SECS = 60
_MAX_MEMORY_BYTES = 2 ** 30
_MAX_FILE_BYTES = 2 ** 20
_MAX_LINE = 300
_MAX_LINES = 1000
# Key, unit length, meter, parts, tempo, voice. Others say nothing of notes, or name files.
_MUSICAL_LETTERS = 'KLMPQV'
_MUSICAL_FIELDS = tuple(f'{letter}:' for letter in _MUSICAL_LETTERS)
# A decoration between two '!' or '+' is a word that cannot be music, or one of a few that could;
# else '!' is an outdated line break, and notes between two '+' are an outdated chord.
_DECORATION = (r'(?:f{1,4}|D\.[CS]\.[^!+|]*|[0-5]|[<>][()]?|[.^+]|/{1,4}|(?:8v|15m)[ab][()]|'
               rf'(?=[^!+|]*[{WORD_LETTERS}])[A-Za-z][A-Za-z.: ()-]*\d?)')
_NOTE = r"[_=^]*[A-Ga-g][,']*[\d/]*\s*"
# Inline fields stay or go. Chord symbols, text, HTML, what mail makes of '=' and of line ends, and
# the ornaments that the program would play go: trills, rolls, the dot of staccato, all letters that
# are no notes, rests or spaces.
_NOT_A_NOTE = re.compile(
    rf'(?P<field>\[[{_MUSICAL_LETTERS}]:[^\]]*\])|\[[A-Za-z]:[^\]]*\]|"[^"]*"|'
    rf'!{_DECORATION}!|\+{_DECORATION}\+|\+(?P<chord>({_NOTE})+)\+|'
    r'</?(?i:br|hr|p|pre|i|tt|font|span|div)\b[^<>]*>|(?<==)3D|=(?:20)?$|[!+`$~.H-WYh-w]')

# The program takes 3/4 for a compound meter, where five notes take the time of three, not two.
_ODD_TUPLET = re.compile(r'\(([579])(?![:\d])')
_COMPOUND_METER = re.compile(r'M:\s*(?:6|9|12)/')


def read_tunes(tunes):
    """Returns the Notes, or the ValueError, of each tune; a tune is a list of its lines."""
    results = [ValueError('abc2midi is not run again after many failures')] * len(tunes)
    texts = {}
    for index, lines in enumerate(tunes):
        try:
            texts[index] = _only_music(lines)
        except ValueError as error:
            results[index] = error
    left, num_failed_runs = list(texts), 0
    while left and num_failed_runs < _MAX_FAILED_RUNS:
        batch = left[:_TUNES_PER_RUN]
        found, has_failed = _run([texts[index] for index in batch])
        for index, result in zip(batch, found, strict=False):
            results[index] = result
        left = left[len(found):]
        num_failed_runs += has_failed
    return results


def _only_music(lines):
    """Returns a tune as bytes, without its number and all that is not music."""
    music, has_key, time_of_odd_tuplets = [], False, 2
    for line in lines:
        line = line.partition('%')[0].strip()
        if line.startswith('M:'):
            time_of_odd_tuplets = 3 if _COMPOUND_METER.match(line) else 2
        if not is_field(line):
            line = _without_symbols(line) if has_key else ''
            line = _ODD_TUPLET.sub(rf'(\1:{time_of_odd_tuplets}', line)
        elif not line.startswith(_MUSICAL_FIELDS):
            line = ''
        has_key |= line.startswith('K:')
        if line:
            music.append(line)
    if not has_key:
        raise ValueError('the tune has no key')
    if len(music) > _MAX_LINES or max(map(len, music)) > _MAX_LINE:
        raise ValueError(f'the tune has more than {_MAX_LINES} lines, or more than {_MAX_LINE} '
                         'characters in one')
    return '\n'.join(music).encode('ascii', errors='ignore').replace(b'\0', b'')


def _without_symbols(line):
    return _NOT_A_NOTE.sub(
        lambda found: f'[{found["chord"]}]' if found['chord'] else found['field'] or '', line)


def _run(texts):
    """Returns Notes or a ValueError a tune up to the first that stops it; whether one did."""
    with tempfile.TemporaryDirectory() as folder:
        book = b'\n\n'.join(b'X:%d\n%%%%MIDI chordattack 0\n%b' % numbered
                           for numbered in enumerate(texts)) + b'\n'
        (Path(folder) / 'tune.abc').write_bytes(book)
        failure = _translate(folder)
        # The program names a file after the book and the tune's number.
        paths = [Path(folder) / f'tune{number}.mid' for number in range(len(texts))]
        written = [path.exists() for path in paths]
        results = [_read(path) if exists else ValueError('abc2midi finds no tune in it')
                   for path, exists in zip(paths, written, strict=True)]
    if not failure:
        return results, False
    last = max((number for number, exists in enumerate(written) if exists), default=-1)
    return [*results[:last + 1], ValueError(failure)][:len(texts)], True


def _translate(folder):
    """Writes a MIDI file for each tune; returns what stopped that, or None."""
    import symusic  # noqa: F401  It sets the variable.
    command = [os.environ['SYMUSIC_ABC2MIDI'], 'tune.abc', '-silent', '-NGRA', '-NGUI', '-NFER']
    try:
        ended = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               timeout=_MAX_SECS, check=False, preexec_fn=_limit)
    except subprocess.TimeoutExpired:
        return f'abc2midi takes more than {_MAX_SECS} seconds'
    return f'abc2midi stops with status {ended.returncode}' if ended.returncode else None


def _limit():
    for kind, limit in ((resource.RLIMIT_CPU, _MAX_CPU_SECS), (resource.RLIMIT_CORE, 0),
                        (resource.RLIMIT_FSIZE, _MAX_FILE_BYTES),
                        (resource.RLIMIT_AS, _MAX_MEMORY_BYTES)):
        resource.setrlimit(kind, (limit, limit))


def _read(path):
    try:
        notes = read_midi(path.read_bytes())
    except ValueError as error:
        return error
    return notes if len(notes.pitches) else ValueError('there are no notes in it')
