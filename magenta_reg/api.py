"""The package from Python: data sets, training, melodies and scores, as the commands make them.

Arguments have the names, the defaults and the meaning of the commands' flags.
"""

import os
import sys

from magenta_reg.base import compat
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import user_path
from magenta_reg.base.notebook import table_html
from magenta_reg.codec.encodings import TRAINING_HPARAMS
from magenta_reg.dataset import create
from magenta_reg.dataset.examples import read_examples
from magenta_reg.extraction.melodies import MelodyRules
from magenta_reg.extraction.squash import parse_transpositions
from magenta_reg.generation.melodies import Melodies
from magenta_reg.generation.opening import open_model
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.primers import melody_events
from magenta_reg.generation.scoring import ScoredMusic, score_files
from magenta_reg.generation.stream import Request, generate_outputs
from magenta_reg.interop.bundles import read_bundle_or_weights
from magenta_reg.measures.copied_passages import TrainingIndex
from magenta_reg.model.experiment import experiment_of_run, resolve_experiment
from magenta_reg.runs.run import NEWEST, Run
from magenta_reg.training.train import Schedule
from magenta_reg.training.train import train as train_run


def create_dataset(input, output_dir=None, *, config=None, experiment=None, hparams='',
                   eval_ratio=None, test_ratio=None, judge_ratio=None, training_share=1.0,
                   split_by='composition', seed=0, keep_duplicates=False,
                   ignore_polyphonic_notes=True, steps_per_quarter=4, min_bars=7, max_steps=512,
                   min_unique_pitches=5, gap_bars=1.0, window_steps=None, window_hop_steps=None,
                   transpositions='0', num_workers=None, strict=False, dry_run=False, plot=True):
    """Makes a data set of a folder of music, as `melody_rnn_reg_create_dataset` does.

    Args:
        input: str or Path of a folder, an archive or a file of MIDI, ABC or MusicXML; or 'folk',
            tunes that are installed with music21, or 'folk:airdsAirs', some of their books; or
            'maestro'; or 'oracle:lstm' and the like, melodies drawn from a known distribution.
        output_dir: str or Path of the folder to write to; a data set in it is replaced.
        config: str, which MelodyRNN it is for: basic_rnn, mono_rnn, lookback_rnn, attention_rnn;
            or a melody encoder-decoder. Needed unless `experiment` names one.
        experiment: str or Path of an experiment file, or None.
        hparams: str, checked as `train` does; a data set does not depend on it.
        eval_ratio, test_ratio: float in [0, 1], shares of the compositions for evaluation and
            for test; None is the split of the music itself, or 0.1 and no test part; with
            test_ratio='auto' it is the music's own three parts, or 0.1 for both.
        judge_ratio: float in [0, 1], share of the compositions, taken from training, for networks
            that judge the melodies of others; None is no judge part.
        training_share: float in (0, 1], how much of the training part is kept, by compositions;
            a smaller share is a part of a larger one, and the other parts stay the same.
        split_by: str, what goes into one part as a whole: 'composition', 'folder' or 'file'.
        seed: int, decides which compositions are for evaluation.
        keep_duplicates: bool, keep melodies in the training part that another part has, too.
        ignore_polyphonic_notes: bool, take the highest of several notes; else discard the track.
        steps_per_quarter: int, the grid.
        min_bars, max_steps, min_unique_pitches, gap_bars, window_steps, window_hop_steps: as
            `MelodyRules`, what a melody is.
        transpositions: str, semitones such as '-5..6' in which the training part has each melody.
        num_workers: int, processes that read; None is one for each core.
        strict: bool, stop at the first file that cannot be read.
        dry_run: bool, write nothing and see what would come out.
        plot: bool, draw dataset.png.

    Returns:
        Dataset: `parts['training'].path` and `parts['eval'].path` are what `train` takes.

    Raises:
        UserError: If there is no such music, no melody in it, or an argument is out of range.
    """
    _quieten()
    if output_dir is None and not dry_run:
        raise UserError('--output_dir is required: the folder to write the data set to')
    encoding = resolve_experiment(_path(experiment), config, hparams).encoding
    rules = MelodyRules(steps_per_quarter, min_bars, max_steps, min_unique_pitches, gap_bars,
                        ignore_polyphonic_notes, window_steps, window_hop_steps)
    return create.create_dataset(
        user_path(input), encoding, None if dry_run else user_path(output_dir), eval_ratio, seed,
        rules, test_ratio=test_ratio, split_by=split_by, judge_ratio=judge_ratio,
        training_share=training_share, transpositions=parse_transpositions(transpositions),
        keep_duplicates=keep_duplicates, num_workers=num_workers or os.cpu_count() or 1,
        strict=strict, plot=plot)


def train(run_dir, sequence_example_file, *, eval_sequence_example_file=None, experiment=None,
          config=None, hparams='', warm_start_bundle_file=None, seed=None, num_training_steps=0,
          summary_frequency=10, eval_every=100, early_stopping_patience=0,
          free_running_melodies=16, train_loss_melodies=256, save_checkpoints_steps=0,
          save_checkpoints_secs=60.0, num_checkpoints=10, overwrite=False):
    """Trains a run, as `melody_rnn_reg_train` does; a run that was interrupted goes on.

    Args:
        run_dir: str or Path of the run's folder, which `load` opens afterwards.
        sequence_example_file: str or Path of the training melodies, such as
            `dataset.parts['training'].path`; a pattern matches several files.
        eval_sequence_example_file: str or Path of melodies to evaluate on, or None.
        experiment: str or Path of a file with the method, its hparams and a config; or None.
        config: str, which MelodyRNN; needed for a new run unless `experiment` names one.
        hparams: str, 'name=value,...', over those of config and experiment.
        warm_start_bundle_file: str or Path of weights to start from: a bundle, a checkpoint or a
            run folder; or None.
        seed: int, of all that is drawn; None is 0.
        num_training_steps: int, updates, those of an earlier start included; 0 goes on until it
            is interrupted.
        summary_frequency: int, updates between rows of metrics.csv.
        eval_every: int, updates between evaluations.
        early_stopping_patience: int, evaluations without a lower loss that end it; 0 is never.
        free_running_melodies, train_loss_melodies: int, how many melodies each evaluation
            generates, and how many of the training melodies it scores; 0 is none.
        save_checkpoints_steps, save_checkpoints_secs: int updates and float seconds between
            checkpoints; 0 updates is by time only.
        num_checkpoints: int, how many of the newest checkpoints to keep; 0 keeps all.
        overwrite: bool, remove the run that is there, whatever its settings, and start anew.

    Returns:
        TrainingResult: last step, evaluation of it, and the step of the lowest evaluation loss.

    Raises:
        UserError: If a file, a setting or the run folder does not fit.
        Stopped: On Ctrl-C, or in a notebook on an interrupt: a checkpoint was written.
    """
    _quieten()
    run, file = Run(user_path(run_dir)), _path(experiment)
    if overwrite:
        run.check_clear()
        new = resolve_experiment(file, config, hparams, seed or 0)
    else:
        new = experiment_of_run(run, file, config, hparams, seed)
    train_examples = read_examples(user_path(sequence_example_file), new.encoding)
    eval_path, warm_start_path = _path(eval_sequence_example_file), _path(warm_start_bundle_file)
    if early_stopping_patience and not eval_path:
        raise UserError('--early_stopping_patience needs --eval_sequence_example_file: it goes by '
                        'the evaluation loss')
    eval_examples = read_examples(eval_path, new.encoding) if eval_path else None
    warm_start = read_bundle_or_weights(warm_start_path) if warm_start_path else None
    schedule = Schedule(num_training_steps, summary_frequency, eval_every, save_checkpoints_secs,
                        num_checkpoints, save_checkpoints_steps, early_stopping_patience,
                        free_running_melodies, train_loss_melodies)
    return train_run(run, new, train_examples, eval_examples, schedule, warm_start, overwrite)


def load(path, checkpoint=NEWEST):
    """Opens a trained network.

    Some forty lines that TensorFlow and Magenta print at their start are silenced, unless
    TF_CPP_MIN_LOG_LEVEL is set.

    Args:
        path: str or Path of a run folder, a checkpoint or a bundle (.mag), of ours or of stock
            Magenta.
        checkpoint: str, of a run folder: 'newest', or 'best' for the lowest evaluation loss.

    Returns:
        Generator.

    Raises:
        UserError: If it is none of these.
    """
    _quieten()
    return Generator(open_model(user_path(path), checkpoint))


class Generator:
    """A trained network that generates melodies and scores music.

    Attributes:
        model: MelodyModel, for arrays of events: `generate`, `log_likelihood`, `score`.
    """

    def __init__(self, model):
        self.model = model

    def __repr__(self):
        return f'<{self.model.title}>'

    def _repr_html_(self):
        experiment = self.model.experiment
        settings = {'method': experiment.method, 'config': experiment.encoding.name,
                    'seed': experiment.seed, **_other_than_usual(experiment.hparams)}
        return table_html(settings.items(), header=(self.model.title, ''))

    def generate_melodies(self, num_outputs=1, num_steps=128, seed=0, **arguments):
        """Returns Melodies, a list of `Output` that a notebook plays and draws.

        The arguments are those of `generate_outputs`.
        """
        outputs = self.generate_outputs(num_outputs, num_steps, seed, **arguments)
        return Melodies(outputs, f'{self.model.title}, seed {seed}')

    def generate_sequences(self, num_outputs=1, num_steps=128, seed=0, **arguments):
        """Returns a list of note_seq NoteSequences; the arguments are those of `generate_outputs`.

        They are what `melody_rnn_reg_generate` writes with flags of the same names.
        """
        return [output.sequence() for output in self.generate_outputs(
            num_outputs, num_steps, seed, **arguments)]

    def generate_outputs(self, num_outputs=1, num_steps=128, seed=0, *, primer_melody=None,
                         primer_midi=None, primer_from=None, primer_steps=16, qpm=None,
                         magenta_primer=False, training_file=None, **controls):
        """Yields `Output`: events, log-likelihood and repetition of each melody, as they come.

        Args:
            num_outputs: int, melodies.
            num_steps: int, events of each, the primer included; 16 are a bar.
            seed: int, 0 or more: the same seed gives the same melodies.
            primer_melody: list of int, Melody events such as [60, -2, 62, -2]; middle C if no
                primer is given.
            primer_midi: str or Path of a MIDI file with a melody to begin with.
            primer_from: str or Path of music; each melody begins as another one there.
            primer_steps: int, how many events are taken from that.
            qpm: float, quarter notes a minute; 120 if not given.
            magenta_primer: bool, whether to extend the primer as stock Magenta does.
            training_file: str or Path of the training melodies, for the longest passage that a
                melody shares with them; or None.
            **controls: temperature, top_k, top_p, beam_size, branch_factor, steps_per_iteration,
                batch_size and omit_primer of `Request`.

        Raises:
            UserError: If an argument is out of range or a primer cannot be read.
        """
        request = Request(num_outputs, num_steps, seed, **controls)
        request.check()
        if primer_melody is not None:
            primer_melody = melody_events(primer_melody)
        primers = choose_primers(
            self.model.encoding, request, primer_melody=primer_melody,
            primer_midi=_path(primer_midi), primer_from=_path(primer_from),
            primer_steps=primer_steps, qpm=qpm, magenta_primer=magenta_primer)
        for remark in primers.remarks:
            print(remark, file=sys.stderr)
        yield from generate_outputs(self.model, primers.by_row, request,
                                    self._training_index(training_file))

    def score(self, music, *, training_file=None, batch_size=128):
        """Returns how likely music is under the network, as `--score` writes it.

        Args:
            music: str or Path of a file, a folder or an archive of music, or a TFRecord.
            training_file: as `generate_outputs`.
            batch_size: int, melodies at a time; a matter of speed and memory alone.

        Returns:
            ScoredMusic, a list of `ScoredMelody` with their `summary`: log-likelihood in nats,
            perplexity, accuracy; a reason where there is no melody to score.

        Raises:
            UserError: If there is no such music, or no melody in it.
        """
        music = user_path(music)
        return ScoredMusic(score_files(
            self.model, music, training_index=self._training_index(training_file),
            batch_size=batch_size), music)

    def log_likelihood(self, melodies, primer_steps=1):
        """Returns the LogLikelihood of arrays of events, as `MelodyModel.log_likelihood` does."""
        return self.model.log_likelihood(melodies, primer_steps)

    def _training_index(self, path):
        if not path:
            return None
        return TrainingIndex(read_examples(user_path(path), self.model.encoding).events)


def _other_than_usual(hparams):
    """Returns hparams without those that stock Magenta does not have and that change nothing."""
    return {name: value for name, value in hparams.items()
            if name not in TRAINING_HPARAMS or value != TRAINING_HPARAMS[name]}


def _path(path):
    return user_path(path) if path else None


def _quieten():
    if 'TF_CPP_MIN_LOG_LEVEL' not in os.environ:
        compat.quiet()
