"""The contract of an oracle: it draws melodies, and says how likely any melody is, exactly."""

import abc

import numpy as np

# Settings that every oracle has: how many melodies are drawn, and of which lengths.
LENGTH_SETTINGS = {'num_melodies': 10_000, 'min_steps': 20, 'max_steps': 32}
LENGTH_LIMITS = {'num_melodies': (1, 10_000_000), 'min_steps': (2, 100_000),
                 'max_steps': (2, 100_000)}

# Melodies that are scored at a time: their distributions fit into the processor's cache.
_BATCH_SIZE = 256
_TINY = np.finfo(np.float64).tiny


class Oracle(abc.ABC):
    """A distribution over melodies, given as that of each event after the events before it.

    Inside, events are classes: indices into `events`. Every event can come after every past, so
    that melodies of any network can be scored; only the first event is always a note-on, as a
    Melody's is. A state is what the oracle remembers of the past of each melody.

    Attributes:
        SETTINGS: dict of str to default, what can be chosen.
        LIMITS: dict of str, a setting, to its least and its largest value.
        name: str, as in ORACLES.
        events: int32 [num_events], no event, note-off, then the pitches in order.
        settings: dict, values of SETTINGS.
        arrays: dict of str to array, the numbers that make the oracle.
    """

    SETTINGS = LENGTH_SETTINGS
    LIMITS = LENGTH_LIMITS
    name = None

    def __init__(self, events, settings, arrays):
        self.events = np.asarray(events, np.int32)
        self.settings = settings
        self.arrays = arrays

    @staticmethod
    def misfit(num_events, settings):
        """Returns why there is no such oracle over so many events; '' if there is one."""
        return ''

    @staticmethod
    @abc.abstractmethod
    def draw_arrays(num_events, settings, rng):
        """Returns the arrays of a new oracle, drawn by a NumPy Generator."""

    @abc.abstractmethod
    def start(self, num_melodies):
        """Returns the state before the first events."""

    @abc.abstractmethod
    def next_probs(self, state):
        """Returns float64 [melodies, num_events], the probabilities of the next event."""

    @abc.abstractmethod
    def append(self, state, classes):
        """Returns the state after int64 [melodies], the class of each melody's next event."""

    def draw(self, lengths, seed):
        """Draws melodies.

        Args:
            lengths: int array [melodies], events of each.
            seed: int or list of int.

        Returns:
            list of int32 [length], Melody events; melody i depends on `lengths` through their
            number and the longest alone.
        """
        uniforms = np.random.default_rng(seed).random([len(lengths), max(lengths)])
        classes = np.zeros(uniforms.shape, np.int64)
        for step, probs in enumerate(self._steps(classes)):
            ends = np.cumsum(probs, axis=1)
            # The next round of _steps reads what is written here.
            classes[:, step] = np.minimum(
                np.sum(ends <= uniforms[:, step, None] * ends[:, -1:], axis=1),
                len(self.events) - 1)
        return [self.events[row[:length]] for row, length in zip(classes, lengths, strict=True)]

    def log_probs(self, melodies):
        """Returns float64 [melodies, steps], nats, of each event given those before it.

        The first event's is among note-ons; -inf if it is none.

        Args:
            melodies: int array [melodies, steps], Melody events.

        Raises:
            ValueError: If an event is none of `events`.
        """
        classes = self.classes(melodies)
        rows = np.arange(len(classes))
        with np.errstate(divide='ignore'):
            return np.stack([np.log(probs[rows, classes[:, step]])
                             for step, probs in enumerate(self._steps(classes))], axis=1)

    def distributions(self, melodies):
        """Returns float64 [melodies, steps, num_events], that of each event given those before.

        Columns are `events`; see `log_probs`.
        """
        return np.stack(list(self._steps(self.classes(melodies))), axis=1)

    def next_events(self, melodies):
        """Yields float64 [steps - 1, num_events], the distributions of all events but the first.

        Melody by melody, so that there can be many; see `distributions`.
        """
        for start in range(0, len(melodies), _BATCH_SIZE):
            yield from self.distributions(melodies[start:start + _BATCH_SIZE])[:, 1:]

    def classes(self, melodies):
        """Returns int64 [melodies, steps], the classes of Melody events."""
        melodies = np.asarray(melodies)
        classes = np.minimum(np.searchsorted(self.events, melodies), len(self.events) - 1)
        wrong = self.events[classes] != melodies
        if wrong.any():
            raise ValueError(f'event {int(melodies[wrong][0])} is none of oracle:{self.name}')
        return classes

    def entropy_nats(self, melodies):
        """Returns float64 [melodies], the mean entropy of each event after the first."""
        return np.array([-np.sum(probs * np.log(np.maximum(probs, _TINY)), axis=1).mean()
                         for probs in self.next_events(melodies)])

    def _steps(self, classes):
        """Yields float64 [melodies, num_events] of each step, before its classes are read."""
        state = self.start(len(classes))
        for step in range(classes.shape[1]):
            probs = self.next_probs(state)
            if step == 0:
                probs = np.where(self.events >= 0, probs, 0.0)
                probs = probs / probs.sum(axis=1, keepdims=True)
            yield probs
            state = self.append(state, classes[:, step])
