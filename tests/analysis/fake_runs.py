"""A small model whose every number can be computed by hand, and run folders that open as it."""

import csv

import numpy as np

from magenta_reg.analysis.comparison import runs as compared_runs
from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.exposure import measure as exposure_measure
from magenta_reg.analysis.losses import measure as losses_measure
from magenta_reg.analysis.quality import measure as quality_measure
from magenta_reg.analysis.states import states as state_views
from magenta_reg.analysis.states import tsne
from magenta_reg.analysis.states.states import NetworkParts, TwoModes
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import Examples
from magenta_reg.model.model import Scores

PITCHES = [-2, 60, 62, 64, 65, 67]
UNITS = 24


class MarkovModel:
    """The next event depends on the last one only; the states are a fixed recurrent network.

    Takes the place of MelodyModel and StepDistributions: the same methods, without TensorFlow.

    Attributes:
        transitions: float64 [events, events], rows sum to 1.
    """

    def __init__(self, transitions, name='baseline', seed=0, encoding='basic_rnn'):
        rng = np.random.default_rng(99)
        self.transitions = transitions
        self.name, self.seed, self.step = name, seed, 300
        self.encoding = ENCODINGS[encoding]
        self.recurrent = 0.15 * rng.normal(size=[UNITS, UNITS])
        self.inputs = rng.normal(size=[len(PITCHES), UNITS])

    def score(self, melodies, batch_size=64, states=False, with_noise=False):
        scores = [self._score(np.searchsorted(PITCHES, melody)) for melody in melodies]
        log_probs, correct, hidden = map(list, zip(*scores, strict=True))
        return Scores(log_probs, correct, hidden if states else None)

    def next_events(self, melodies):
        for melody in melodies:
            yield self.transitions[np.searchsorted(PITCHES, melody)[:-1]]

    def next_labels(self, melodies):
        labels = self.encoding.codec.encode(np.array([PITCHES[0], *PITCHES], np.int32))[1]
        for probs in self.next_events(melodies):
            log_probs = np.full([len(probs), self.encoding.codec.num_classes], -np.inf)
            log_probs[:, labels] = np.log(probs)
            yield log_probs

    def weights_sha256(self):
        return array_sha256(self.transitions)

    def generate(self, primers, num_steps, seed, temperature=1.0, batch_size=64):
        transitions = self.transitions ** (1 / temperature)
        transitions /= transitions.sum(axis=1, keepdims=True)
        rng = np.random.default_rng(seed)
        return [self._continue(list(np.searchsorted(PITCHES, primer)), num_steps, rng, transitions)
                for primer in primers]

    def _score(self, classes):
        log_probs = np.log(self.transitions[classes[:-1], classes[1:]]).astype(np.float32)
        correct = self.transitions[classes[:-1]].argmax(axis=1) == classes[1:]
        state, states = np.zeros(UNITS), []
        for event_class in classes[:-1]:
            state = np.tanh(state @ self.recurrent + self.inputs[event_class])
            states.append(state)
        return log_probs, correct, np.array(states, np.float32)

    @staticmethod
    def _continue(classes, num_steps, rng, transitions):
        while len(classes) < num_steps:
            classes.append(rng.choice(len(PITCHES), p=transitions[classes[-1]]))
        return np.array(PITCHES, np.int32)[classes]


def mean_log_likelihood(model, melodies, primer_steps):
    """Returns float64 [melodies], nats per event after the primer, straight from the scores."""
    return np.array([row[primer_steps - 1:].mean(dtype=np.float64)
                     for row in model.score(list(melodies)).log_probs])


def make_transitions(seed):
    """Returns a random transition matrix of the events, without zeros."""
    random = np.random.default_rng(seed).dirichlet(np.full(len(PITCHES), 0.6), len(PITCHES))
    return 0.95 * random + 0.05 / len(PITCHES)


def make_melodies(transitions, num_melodies, num_steps, seed=7):
    """Returns melodies that a Markov chain made, all from middle C."""
    primers = [np.array([60], np.int32)] * num_melodies
    return MarkovModel(transitions).generate(primers, num_steps, seed)


def write_metrics(path, offset=0.0, steps=300):
    """Writes training losses of every 10th and evaluation losses of every 50th update.

    Magenta's way costs 0.3 nats; the exact training loss is 0.2 below the evaluation loss. The
    method acts after 100 updates.
    """
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['step', 'split', 'loss', 'accuracy', 'perplexity', 'sampling_probability',
                         'train_loss_exact', 'loss_magenta', 'acted'])
        for step in range(10, steps + 1, 10):
            loss = 2 + offset + 1.6 * np.exp(-step / 60)
            writer.writerow([step, 'train', loss, 0.4, np.exp(loss), min(0.001 * step, 0.5),
                             '', '', float(step > 100)])
            if step % 50 == 0:
                writer.writerow([step, 'eval', loss + 0.1, 0.4, np.exp(loss + 0.1), '',
                                 loss - 0.1, loss + 0.4, ''])


def write_timing(path, secs_per_step, steps=300):
    """Writes the seconds of every 10th update, as training does beside metrics.csv."""
    path.write_text('step,secs_per_step\n' + ''.join(
        f'{step},{secs_per_step}\n' for step in range(10, steps + 1, 10)))


def make_runs(folder, monkeypatch, models, melodies):
    """Makes a run folder for each model and lets load_runs and read_melodies find them.

    A model is its run's best checkpoint, of its own step; the last one is of step 300.

    All units are one layer then, without a projection, and embeddings are made without t-SNE.

    Args:
        folder: Path.
        monkeypatch: pytest.MonkeyPatch.
        models: list of MarkovModel.
        melodies: list of int32 arrays, what every file of examples will hold.

    Returns:
        list of Path, in the order of `models`.
    """
    opens = {folder / f'run{index}': model for index, model in enumerate(models)}
    for index, (run_dir, model) in enumerate(opens.items()):
        run_dir.mkdir()
        (run_dir / 'config.yaml').write_text(f'name: {model.name}\nseed: {model.seed}\n')
        write_metrics(run_dir / 'metrics.csv', 0.1 * index)
        write_timing(run_dir / 'timing.csv', 0.1 + 0.1 * index)

    class Opener:
        from_run = staticmethod(lambda run_dir, checkpoint: opens[run_dir])

    monkeypatch.setattr(compared_runs, 'MelodyModel', Opener)
    for module in (compared_runs, losses_measure):
        monkeypatch.setattr(module, 'find_checkpoint', lambda run_dir, which: (
            f'{run_dir}/{which}/model.ckpt-{opens[run_dir].step if which == "best" else 300}'))
    for module in (exposure_measure, quality_measure):
        monkeypatch.setattr(module, 'StepDistributions', Opener)
    monkeypatch.setattr(compared_runs, 'read_examples',
                        lambda pattern, encoding: Examples(melodies, pattern, '0' * 64))
    monkeypatch.setattr(state_views, 'read_network',
                        lambda run_dir, checkpoint: NetworkParts([UNITS], None, None))
    monkeypatch.setattr(tsne, 'embed', embed_by_two_units)
    return list(opens)


def embed_by_two_units(modes, seed, max_points, perplexity):
    """Takes t-SNE's place, which is slow: the first two units of all melodies."""
    return TwoModes(*(states[..., :2] for states in modes))
