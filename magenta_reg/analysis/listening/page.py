"""listening.html: the blind test as one page that needs nothing but itself."""

import base64
import json
from pathlib import Path

from magenta_reg.analysis.report.page import QPM
from magenta_reg.base.templates import load_template
from magenta_reg.outputs.melody import OutputMelody
from magenta_reg.outputs.synthesis import encoded

LISTENING = 'listening.html'
_TEMPLATE = Path(__file__).with_name(LISTENING)


def render_test(test, comparison):
    """Returns the page of a BlindTest, str.

    Who played what is in it, as the CSV of votes needs it, but not to be read by accident: base64.
    """
    melodies = {key: OutputMelody(events, comparison.held_out.primer_steps, QPM)
                for key, events in test.sounds.items()}
    sounds = comparison.cache.get('listening', [test.id], lambda: [
        base64.b64encode(encoded(melody)).decode() for melody in melodies.values()])
    places = {key: index for index, key in enumerate(test.sounds)}
    answers = [[pair.left, pair.right, pair.melody + 1,
                '' if pair.repeats is None else pair.repeats + 1] for pair in test.pairs]
    secs_per_step = next(iter(melodies.values())).secs_per_step
    num_steps = len(comparison.held_out.melodies[0])
    return load_template(_TEMPLATE).render(
        num_pairs=len(test.pairs), minutes=round(
            len(test.pairs) * (2 * num_steps * secs_per_step + 4) / 60),
        data={'id': test.id, 'sounds': sounds,
              'pairs': [[places[pair.melody, player] for player in pair.sides]
                        for pair in test.pairs],
              'beginning': comparison.held_out.primer_steps / num_steps,
              'players': base64.b64encode(json.dumps(answers).encode()).decode()})
