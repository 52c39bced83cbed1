"""Small MusicXML scores as bytes, and what the reader finds in them."""

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
FOUR_FOUR = ('<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type>'
             '</time></attributes>')


def pitch(step, octave=4, alter=''):
    alter = f'<alter>{alter}</alter>' if alter != '' else ''
    return f'<pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch>'


def note(step, duration=1, octave=4, alter='', extra=''):
    """Returns a note of a step, or a rest or unpitched one by '' and 'x'; `extra` comes first."""
    what = {'': '<rest/>', 'x': '<unpitched/>'}.get(step) or pitch(step, octave, alter)
    return f'<note>{extra}{what}<duration>{duration}</duration><voice>1</voice></note>'


def notes(steps, **kwargs):
    """Returns a note of each letter."""
    return ''.join(note(step, **kwargs) for step in steps)


def move(tag, duration):
    return f'<{tag}><duration>{duration}</duration></{tag}>'


def score(*parts):
    """Returns a score; a part is a list of what its bars hold."""
    bodies = ''.join(
        f'<part id="P{number}">' + ''.join(f'<measure>{bar}</measure>' for bar in bars) + '</part>'
        for number, bars in enumerate(parts))
    return f'{HEAD}<score-partwise>{bodies}</score-partwise>'.encode()


def rows(found):
    """Returns (part, start, end, pitch) of Notes, in seconds."""
    return sorted((int(part), round(float(start), 6), round(float(end), 6), int(pitch))
                  for part, start, end, pitch in zip(found.instruments, found.starts_secs,
                                                     found.ends_secs, found.pitches, strict=True))


def meters(found):
    """Returns (secs, numerator, denominator) of Notes."""
    return [tuple(row) for row in found.meters.tolist()]
