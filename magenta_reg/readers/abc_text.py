"""The text of an ABC file into tunes, whose lines are what any reader takes them for.

Source: the ABC standard, version 2.1: 2.2 (tunes, file header, free text), 3 (fields), 4.14
(decorations).
"""

import codecs
import re

# Letters that only words have: music knows notes, rests, spaces and the symbols that U: defines.
WORD_LETTERS = 'h-tw'
_LINE_END = re.compile(r'\r{0,2}\n|\r')
# %%begintext ... %%endtext and its like; one whose end is missing goes on to the next tune.
_BLOCK_START = r'^[ \t]*%%[ \t]*begin'
_BLOCKS = [re.compile(rf'{_BLOCK_START}(\w+)(?:(?!{_BLOCK_START}).)*?{end}', re.DOTALL | re.M)
           for end in (r'^[ \t]*%%[ \t]*end\1[^\n]*\n?', rf'(?=^[ \t]*X:|{_BLOCK_START}|\Z)')]
_NUMBER = re.compile(r'X:(?!\s*[|:\]])')
_FIELD = re.compile(r'[A-Za-z+]:')
# A note or rest before a repeat or a bar at the start of a line: ':' is no field's colon.
_NOTE_AND_BAR = re.compile(
    rf'^([A-GZa-gxyz]):(?:\s*(?=[|:\]])|(?<=[a-gxyz]:)(?=[^{WORD_LETTERS}]*$))')
_WORDS_IN_MUSIC = re.compile(r'"[^"]*"|![^!]*!|\[[A-Za-z]:[^\]]*\]|%.*')
_ONLY_NOTES = re.compile(r"(?=.*[a-gz\d])[A-Ga-gz_=^,'\d/()<> -]+")
_DEFAULTS = ('L:', 'M:', 'Q:')  # The fields of a file header that say something of notes.


def split_tune_book(data):
    """Returns the tunes of an ABC file's bytes, each a list of lines without space around them.

    A tune begins at X:, or behind an empty line if a key or bars are there; music alone behind an
    empty line goes on with the tune before it. What else lies between tunes is free text.
    """
    sections = _sections(_lines(_decoded(data)))
    defaults, tunes = [], []
    for section in sections:
        is_numbered = _NUMBER.match(section[0])
        if tunes and not is_numbered and (_is_header(tunes[-1]) or _goes_on(section)):
            tunes[-1] += section
        elif is_numbered or any(line.startswith('K:') or '|' in line for line in section):
            tunes.append(section)
        elif not tunes:
            defaults += [line for line in section if line.startswith(_DEFAULTS)]
    if not tunes and sections:
        defaults, tunes = [], [[line for section in sections for line in section]]
    return [_with_defaults(defaults, _without_false_fields(tune)) for tune in tunes]


def is_field(line):
    """Returns whether a line of a tune says something about it, and is not its music."""
    return bool(_FIELD.match(line))


def _decoded(data):
    """Returns the text of bytes, with one kind of line end and no byte order marks."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode('utf-16' if is_utf16 else 'utf-8', errors='replace')
    return _LINE_END.sub('\n', text.replace('\ufeff', ''))


def _lines(text):
    """Returns the stripped lines without comments and blocks of text."""
    for block in _BLOCKS:
        text = block.sub('', text)
    return [line for line in map(str.strip, text.split('\n')) if not line.startswith('%')]


def _sections(lines):
    """Returns the lists of lines that empty lines and each X: divide."""
    sections = [[]]
    for line in lines:
        if not line or _NUMBER.match(line):
            sections.append([])
        if line:
            sections[-1].append(line)
    return [section for section in sections if section]


def _is_header(lines):
    return not any(line.startswith('K:') or not is_field(line) for line in lines)


def _goes_on(section):
    """Returns whether lines behind an empty one are no tune: no title, no key, and only music.

    That is bars without a word, or notes; the form of a tune, AABA, is in capitals.
    """
    if any(line.startswith(('T:', 'K:')) for line in section):
        return False
    lines = [_NOTE_AND_BAR.sub(r'\1 :', _WORDS_IN_MUSIC.sub('', line)) for line in section]
    first = next((line for line in lines if line and not is_field(line)), '')
    return not re.search(f'[{WORD_LETTERS}]', first) and (
        '|' in first or bool(_ONLY_NOTES.fullmatch(first)))


def _without_false_fields(lines):
    """Returns a tune whose music, once its header is over, never looks like a field."""
    clean, in_header = [], True
    for line in lines:
        if not in_header:
            line = _NOTE_AND_BAR.sub(r'\1 :', line)
        in_header &= is_field(line) and not line.startswith('K:')
        clean.append(line)
    return clean


def _with_defaults(defaults, tune):
    """Returns the tune behind those fields of the file's header that its own header leaves out."""
    keys = [index for index, line in enumerate(tune) if line.startswith('K:')]
    own = {line[:2] for line in tune[:keys[0] if keys else None]}
    return [line for line in defaults if line[:2] not in own] + tune
