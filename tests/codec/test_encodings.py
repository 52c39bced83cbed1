"""The rows of the table are Magenta's default configs."""

import note_seq
import pytest
from magenta.models.melody_rnn import melody_rnn_model

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS, MAGENTA_HPARAMS, get_encoding

MAGENTA_CONFIGS = melody_rnn_model.default_configs


def test_every_config_of_magenta_has_a_row():
    assert set(MAGENTA_CONFIGS) <= set(ENCODINGS)


@pytest.mark.parametrize('name', MAGENTA_CONFIGS)
def test_a_row_has_the_values_of_magentas_config(name):
    encoding, config = ENCODINGS[name], MAGENTA_CONFIGS[name]
    assert encoding.name == config.details.id
    assert MAGENTA_HPARAMS | encoding.hparams == config.hparams.values()
    assert encoding.codec.min_note == config.min_note
    assert encoding.codec.max_note == config.max_note
    assert encoding.transpose_to_key == config.transpose_to_key


@pytest.mark.parametrize('name', MAGENTA_CONFIGS)
def test_a_rows_codec_stands_for_the_encoder_of_magentas_config(name):
    codec, encoder = ENCODINGS[name].codec, MAGENTA_CONFIGS[name].encoder_decoder
    assert type(codec.note_seq_encoder()) is type(encoder)
    assert codec.input_size == encoder.input_size
    assert codec.num_classes == encoder.num_classes
    melody = note_seq.Melody([60, -2, 64, -1, 67, 48, 83, -2] * 9)
    assert codec.note_seq_encoder().encode(melody) == encoder.encode(melody)


@pytest.mark.parametrize('name', ENCODINGS)
def test_a_row_is_found_by_its_name(name):
    assert get_encoding(name).name == name


def test_an_unknown_config_is_answered_with_the_nearest_one():
    with pytest.raises(UserError, match=r"unknown config 'atention_rnn'.*'attention_rnn'"):
        get_encoding('atention_rnn')
