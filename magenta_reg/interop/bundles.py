"""Magenta's bundles (.mag): a checkpoint, its graph and its description in one file."""

from pathlib import Path

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError, explain
from magenta_reg.base.files import make_folder, plain_temporary_folder, replacing
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.interop.stock_graph import build_graph_fn
from magenta_reg.interop.weights import load_variables, read_weights, weights_of_checkpoint

# The last bytes of a checkpoint in TensorFlow's first format; no bundle ends with them.
_TABLE_MAGIC = bytes.fromhex('57fb808b247547db')


def read_bundle(path):
    """Returns the Weights in a bundle of ours or of stock Magenta; the config is its generator id.

    The stored graph is never imported, as it may come from a stranger: only the shapes of its
    initial state are read, which show `attn_length`.

    Raises:
        UserError: If there is no such file, it is damaged or it holds no MelodyRNN.
    """
    bundle = _parse(Path(path))
    with plain_temporary_folder() as folder:
        checkpoint = folder / 'model.ckpt'
        checkpoint.write_bytes(bundle.checkpoint_file[0])
        try:
            weights = weights_of_checkpoint(checkpoint, path, bundle.generator_details.id or None)
        except UserError as error:
            if str(checkpoint) not in str(error):
                raise
            message = str(error).replace(str(checkpoint), 'in it')
            raise UserError(f'{path} is a damaged bundle: {message}') from error
    attn_length = weights.hparams.get('attn_length', _attn_length(bundle.metagraph_file))
    if attn_length is None:
        return weights
    return weights._replace(hparams={**weights.hparams, 'attn_length': attn_length})


def write_bundle(experiment, variables, path, description=None, generator_id=None,
                 generator_description=None):
    """Writes a bundle that stock Magenta can generate from, atomically.

    Args:
        experiment: Experiment.
        variables: dict of str to float32 array, the generator's by Magenta's names.
        path: Path of the .mag file.
        description: str or None, of the bundle.
        generator_id: str or None; the config's name by default, by which stock Magenta finds it.
        generator_description: str or None.
    """
    name = experiment.encoding.name
    generator_id = generator_id or (name if name in ENCODINGS else None)
    if not generator_id:
        raise UserError(f'--generator_id is required for a bundle of the encoder {name}: stock '
                        f'Magenta opens one whose id is a config ({", ".join(ENCODINGS)})')
    generator_pb2 = import_note_seq('note_seq.protobuf.generator_pb2')
    bundle = generator_pb2.GeneratorBundle()
    bundle.generator_details.id = generator_id
    bundle.generator_details.description = (
        generator_description or f'MelodyRNN ({name}) trained by {experiment.method}.')
    if description:
        bundle.bundle_details.description = description
    _add_graph(bundle, experiment, variables)
    make_folder(Path(path).parent)
    with replacing(path) as temporary:
        temporary.write_bytes(bundle.SerializeToString())


def read_bundle_or_weights(path):
    """Returns the Weights in a bundle, or in what `read_weights` reads."""
    path = Path(path)
    is_bundle = path.is_file() and not path.read_bytes().endswith(_TABLE_MAGIC)
    return read_bundle(path) if is_bundle else read_weights(path)


def _parse(path):
    """Returns the GeneratorBundle in a file, with one checkpoint."""
    from google.protobuf.message import DecodeError
    generator_pb2 = import_note_seq('note_seq.protobuf.generator_pb2')
    try:
        bundle = generator_pb2.GeneratorBundle.FromString(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f'no such file: {path}') from None
    except DecodeError as error:
        raise UserError(f'{path} is no bundle, or a damaged one: it cannot be parsed') from error
    if len(bundle.checkpoint_file) != 1:
        raise UserError(f'{path} is no bundle, or a damaged one: it holds '
                        f'{len(bundle.checkpoint_file)} checkpoints, not one')
    return bundle


def _attn_length(metagraph):
    """Returns the attention window in the initial state of a serialized MetaGraphDef, or None."""
    from google.protobuf.message import DecodeError
    try:
        meta = tf.MetaGraphDef.FromString(metagraph)
        nodes = {node.name: node for node in meta.graph_def.node}
        names = meta.collection_def['initial_state'].node_list.value
        # With attention the state begins with c, h, the last attention and the window of outputs.
        _, _, attention, window = [
            nodes[name.split(':')[0]].attr['_output_shapes'].list.shape[0].dim[1].size
            for name in names[:4]]
        return window // attention
    except (DecodeError, KeyError, IndexError, ValueError, ZeroDivisionError):
        return None


def _add_graph(bundle, experiment, variables):
    """Adds a checkpoint in TensorFlow's first format, and the generating graph."""
    with plain_temporary_folder() as folder, tf.Graph().as_default(), tf.Session() as session:
        build_graph_fn(experiment.builder(), 'generate')()
        load_variables(variables, session)
        saver = tf.train.Saver(sharded=False, write_version=tf.train.SaverDef.V1)
        checkpoint = folder / 'model.ckpt'
        try:
            saver.save(session, str(checkpoint), meta_graph_suffix='meta')
        except tf.errors.OpError as error:
            raise UserError(f'cannot write into {folder}, where bundles are made: '
                            f'{explain(error.message)}') from error
        bundle.checkpoint_file.append(checkpoint.read_bytes())
        bundle.metagraph_file = Path(f'{checkpoint}.meta').read_bytes()
