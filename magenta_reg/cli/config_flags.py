"""The flags that say which MelodyRNN it is, the same for every command.

Source: the names and meanings of `magenta.models.melody_rnn.melody_rnn_config_flags`.
"""

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.codec.encodings import ENCODINGS, MELODY_ENCODER_DECODERS


def define_config_flags(command):
    """Defines --config, --melody_encoder_decoder, --hparams and the generator's two."""
    command.string('config', None, f'Which MelodyRNN: {", ".join(ENCODINGS)}. Not together with '
                   '--melody_encoder_decoder.')
    command.string('melody_encoder_decoder', None,
                   "An encoder alone, with Magenta's general hparams instead of a config's: "
                   f'{", ".join(MELODY_ENCODER_DECODERS)}. Not together with --config.')
    command.string('hparams', '', 'Comma-separated name=value pairs, over those of the config and '
                   'of an experiment file.')
    command.string('generator_id', None, 'Identifies the generator in a bundle, which is where it '
                   "is used; the config's name if not given.")
    command.string('generator_description', None, 'Describes the generator in a bundle.')


def config_name(flags):
    """Returns the name that `get_encoding` takes, or None if neither flag is given.

    Raises:
        UserError: If both are given, or a name is unknown.
    """
    encoder = flags.melody_encoder_decoder
    if encoder is None:
        if flags.config in MELODY_ENCODER_DECODERS:
            raise unknown_name('config', flags.config, ENCODINGS)
        return flags.config
    if flags.config is not None:
        raise UserError(f'give either --config={flags.config} or --melody_encoder_decoder='
                        f'{encoder}, not both')
    if encoder not in MELODY_ENCODER_DECODERS:
        raise unknown_name('melody_encoder_decoder', encoder, MELODY_ENCODER_DECODERS)
    return encoder
