"""Quality and variety of a network on real music: a judge's view of it, and its of real music.

The judges are those of the comparison, or, where there are none, the networks of the reference
method with other seeds: no network judges itself.
"""

import numpy as np

from magenta_reg.analysis.comparison.held_out import draw_rows
from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.exposure.next_events import StepDistributions
from magenta_reg.analysis.likelihood.measure import continuation_log_probs, siblings
from magenta_reg.analysis.quality.curves import (
    TEMPERATURES,
    TemperatureCurve,
    generate_at,
    tempered,
)

# Continuations at each temperature: seven times as many as these are generated and judged.
MAX_MELODIES = 64


def judges_of(comparison, run):
    """Returns the ComparedRuns that judge a ComparedRun's melodies; empty if there are none."""
    encoding = run.model.encoding.name
    judges = [judge for judge in comparison.judges if judge.model.encoding.name == encoding]
    reference = by_encoding(comparison.groups)[encoding][0]
    return judges or siblings(reference, run.model.seed)


def cached_curve(comparison, run):
    """Returns the TemperatureCurve of a ComparedRun under its judges, None if it has none."""
    held_out, judges = comparison.held_out, judges_of(comparison, run)
    if not judges:
        return None
    rows = draw_rows(len(held_out.melodies), MAX_MELODIES, comparison.seed)

    def compute():
        network = StepDistributions.from_run(run.run_dir, run.checkpoint)
        return temperature_curve(network, [judge.model for judge in judges],
                                 held_out.melodies[rows], comparison.generated[run.label][rows],
                                 held_out.primer_steps, comparison.seed)

    return comparison.cached_for_run(
        'quality', run, compute, judges=[judge.model.weights_sha256() for judge in judges])


def temperature_curve(network, judges, real, generated, primer_steps, seed,
                      temperatures=TEMPERATURES):
    """Returns the TemperatureCurve of a network on real melodies.

    Args:
        network: StepDistributions.
        judges: list of MelodyModel, whose mean likelihood counts.
        real: int32 [melodies, num_steps].
        generated: int32 [melodies, num_steps], the network's continuations of the same primers at
            temperature 1.
        primer_steps: int, events in front that do not count.
        seed: int, of the melodies generated at other temperatures.
        temperatures: tuple of float, 1.0 among them.
    """
    melodies = generate_at(network, list(real[:, :primer_steps]), real.shape[1], seed,
                           temperatures, generated)
    judged = np.mean([continuation_log_probs(judge, np.concatenate([*melodies, real]),
                                             primer_steps).mean(axis=1, dtype=np.float64)
                      for judge in judges], axis=0)
    *generated_nll, judged_nll = -judged.reshape(len(temperatures) + 1, len(real))
    real_nll = []
    for events, log_probs in zip(real, network.next_labels(real), strict=True):
        labels = network.encoding.codec.encode(events)[1]
        own = np.arange(len(labels)), labels
        real_nll.append([-tempered(log_probs, temperature)[own][primer_steps - 1:].mean()
                         for temperature in temperatures])
    return TemperatureCurve(np.stack(generated_nll), np.array(real_nll).T, judged_nll,
                            tuple(temperatures))
