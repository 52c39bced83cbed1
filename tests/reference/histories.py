"""Inputs and labels of a history by note_seq's encoders, and free running by them, in NumPy."""

import note_seq
import numpy as np

from tests.reference import network


def as_melody(events):
    """Returns a note_seq Melody of these events, whatever they begin with."""
    melody = note_seq.Melody()
    for event in events:
        melody.append(int(event))
    return melody


def inputs_after(codec, fed):
    """Returns float64 [steps, input_size], the input after each event of fed [steps]."""
    encoder, melody = codec.note_seq_encoder(), as_melody(fed)
    return np.array([encoder.events_to_input(melody, position) for position in range(len(fed))])


def labels_after(codec, fed, targets):
    """Returns int [steps], the label of targets[t] if it came after fed[0] .. fed[t]."""
    encoder = codec.note_seq_encoder()
    return np.array([encoder.events_to_label(as_melody([*fed[:position + 1], target]), position + 1)
                     for position, target in enumerate(targets)])


def encode(codec, fed, melodies):
    """Encodes what was fed, with the true events as targets.

    Args:
        codec: Codec.
        fed: list of int array [steps], a row a melody.
        melodies: list of int array [steps + 1], the true events.

    Returns:
        float64 [batch, steps, input_size] and int [batch, steps], padded with 0.
    """
    steps = max(len(row) for row in fed)
    inputs = np.zeros([len(fed), steps, codec.input_size])
    labels = np.zeros([len(fed), steps], int)
    for row, (events, melody) in enumerate(zip(fed, melodies, strict=True)):
        inputs[row, :len(events)] = inputs_after(codec, events)
        labels[row, :len(events)] = labels_after(codec, events, melody[1:])
    return inputs, labels


def draw_class(logits, uniform):
    """Returns the class at a uniform number in [0, 1) of the cumulated softmax of logits [n]."""
    cumulated = np.cumsum(network.softmax(logits))
    return int(np.searchsorted(cumulated, uniform * cumulated[-1], side='right'))


def feed_back(weights, experiment, melodies, use_truth, choose, noise=None):
    """Feeds melodies event by event: the true event, or what is chosen after those fed before.

    Args:
        weights: as `network.forward` takes them.
        experiment: Experiment.
        melodies: list of int array [steps + 1].
        use_truth: bool [batch, steps].
        choose: function of (row, time, logits [num_classes]), which returns a class.
        noise: as `network.forward` takes it.

    Returns:
        list of int array [steps], what was fed.
    """
    hparams, encoder = experiment.hparams, experiment.encoding.codec.note_seq_encoder()
    fed = [[int(melody[0])] for melody in melodies]
    state = network.start(hparams, len(melodies))
    for time in range(max(map(len, melodies)) - 2):
        inputs = np.array([encoder.events_to_input(as_melody(row), time) for row in fed])
        output, state = network.step(weights, hparams, inputs, state, noise, time)
        logits = network.project(weights, output)
        for row, events in enumerate(fed):
            is_real = time + 2 < len(melodies[row])
            if is_real and use_truth[row, time + 1]:
                events.append(int(melodies[row][time + 1]))
            else:
                events.append(encoder.class_index_to_event(
                    choose(row, time, logits[row]), as_melody(events)))
    return [np.array(row[:len(melody) - 1]) for row, melody in zip(fed, melodies, strict=True)]
