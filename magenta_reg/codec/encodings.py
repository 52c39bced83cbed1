"""The table of MelodyRNN configs: one row an encoding, with Magenta's names and defaults."""

from typing import NamedTuple

from magenta_reg.base.errors import unknown_name
from magenta_reg.codec.codec import Codec
from magenta_reg.codec.key import KeyCodec
from magenta_reg.codec.lookback import LookbackCodec
from magenta_reg.codec.one_hot import OneHotCodec


class Encoding(NamedTuple):
    """One of Magenta's MelodyRNN configs, or an encoder alone.

    Attributes:
        name: str, Magenta's config name, which is also its generator id.
        codec: Codec.
        transpose_to_key: int 0..11 or None, the key that melodies are transposed to.
        hparams: dict, what Magenta's config sets beside its general defaults.
    """

    name: str
    codec: Codec
    transpose_to_key: int | None
    hparams: dict


# Magenta's EventSequenceRnnConfig, which every config starts from.
MAGENTA_HPARAMS = {
    'batch_size': 64,
    'rnn_layer_sizes': [128, 128],
    'dropout_keep_prob': 1.0,
    'attn_length': 0,
    'clip_norm': 3.0,
    'learning_rate': 0.001,
    'residual_connections': False,
    'use_cudnn': False,
}

# What stock Magenta does not have. With these defaults training is stock's; none of them changes
# the variables, and a checkpoint opens in stock Magenta whatever they are.
TRAINING_HPARAMS = {
    'dropout_mode': 'output',
    'recurrent_dropout_keep_prob': 1.0,
    'zoneout_prob': 0.0,
    'clip_mode': 'tensor',
    'learning_rate_schedule': 'constant',
    'learning_rate_warmup_steps': 0,
    'learning_rate_decay_steps': 10_000,
    'learning_rate_decay_rate': 0.5,
    'learning_rate_min': 0.0,
    'weight_decay': 0.0,
    'batch_shards': 0,  # The same number gives the same bits; 0 is one a core, four at most.
}

_MELODY_RNN = {'batch_size': 128, 'dropout_keep_prob': 0.5, 'clip_norm': 5.0}

ENCODINGS = {encoding.name: encoding for encoding in [
    Encoding('basic_rnn', OneHotCodec(48, 84), 0, _MELODY_RNN),
    Encoding('mono_rnn', OneHotCodec(0, 128), None, _MELODY_RNN),
    Encoding('lookback_rnn', LookbackCodec(48, 84), 0, _MELODY_RNN),
    Encoding('attention_rnn', KeyCodec(48, 84), 0,
             _MELODY_RNN | {'attn_length': 40, 'clip_norm': 3.0}),
]}

# Magenta's --melody_encoder_decoder: the encoder of a config with the general defaults.
MELODY_ENCODER_DECODERS = {
    name: ENCODINGS[config]._replace(name=name, hparams={}) for name, config in [
        ('onehot', 'basic_rnn'), ('lookback', 'lookback_rnn'), ('key', 'attention_rnn')]}


def get_encoding(name):
    """Returns the Encoding of a config's name, or of a melody_encoder_decoder's."""
    if name in MELODY_ENCODER_DECODERS:
        return MELODY_ENCODER_DECODERS[name]
    if name not in ENCODINGS:
        raise unknown_name('config', name, ENCODINGS)
    return ENCODINGS[name]
