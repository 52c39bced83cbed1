"""The clock of a training process: it starts when the warm-up steps are done."""

import json
import time


class StepClock:
    """Counts steps and their events, from the end of the last warm-up step on.

    Attributes:
        num_steps: int, steps to run, those of the warm-up included.
    """

    def __init__(self, warmup_steps, measured_steps):
        self._warmup_steps = warmup_steps
        self.num_steps = warmup_steps + measured_steps
        self._num_events, self._ends = [], []

    def step_ended(self, num_events):
        """Notes that a step ended now.

        Args:
            num_events: int, real events in its batch, padding left out.
        """
        self._ends.append(time.perf_counter())
        self._num_events.append(int(num_events))

    def print_reading(self):
        """Prints the steps and the events a second, and the seconds of a step, as JSON."""
        if len(self._ends) < self.num_steps:
            raise RuntimeError(f'{len(self._ends)} steps ran, not {self.num_steps}')
        last = self.num_steps - 1
        secs = self._ends[last] - self._ends[self._warmup_steps - 1]
        num_steps = self.num_steps - self._warmup_steps
        num_events = sum(self._num_events[self._warmup_steps:self.num_steps])
        print(json.dumps({'step_secs': secs / num_steps, 'steps_per_sec': num_steps / secs,
                          'events_per_sec': num_events / secs}))
