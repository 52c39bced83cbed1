"""Log-likelihood of melodies after their primers, event by event."""

import numpy as np

def continuation_log_probs(model, melodies, primer_steps, batch_size=64):
    """Returns the log-likelihood of each event after the primer, at temperature 1.

    One teacher-forced pass over generated events gives it: each was drawn given exactly the events
    before it. In an encoding with repeat labels it is that of the event's own label.

    Args:
        model: MelodyModel, the scorer.
        melodies: int32 [melodies, num_steps], Melody events.
        primer_steps: int, events in front that do not count.
        batch_size: int.

    Returns:
        float64 [melodies, num_steps - primer_steps], nats.
    """
    log_probs = np.stack(model.score(list(melodies), batch_size).log_probs).astype(np.float64)
    # log_probs begins with the second event's.
    return log_probs[:, primer_steps - 1:]
