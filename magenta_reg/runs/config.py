"""YAML settings and hparams: read, checked against defaults, written back."""

import re
from pathlib import Path

import yaml

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.files import replace_text

_ASSIGNMENT = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*(\[[^\]]*\]|[^,\[\]]*)\s*(?:,|$)')


def read_yaml(path, known_keys):
    """Returns the mapping in a YAML file as a dict.

    Raises:
        UserError: If the file is missing, is no YAML mapping or has a key not in `known_keys`.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise UserError(f'no such file: {path}') from None
    except OSError as error:
        raise UserError(f'cannot read {path}: {error.strerror}') from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f'{path} is not valid YAML: {error}') from error
    if not isinstance(content, dict):
        raise UserError(f'{path} must hold "key: value" lines')
    for key in content:
        if key not in known_keys:
            raise UserError(f'{path}: {unknown_name("key", key, known_keys)}')
    return content


def write_yaml(path, content):
    """Writes a mapping as YAML, in its own order, atomically."""
    replace_text(path, yaml.safe_dump(content, sort_keys=False, default_flow_style=None))


def parse_hparams(text):
    """Parses Magenta's `--hparams`: 'batch_size=64,rnn_layer_sizes=[64,64]'.

    Returns:
        dict of str to str or list of str; `merge_hparams` gives them their types.

    Raises:
        UserError: If the text has another form.
    """
    values, position = {}, 0
    while position < len(text):
        match = _ASSIGNMENT.match(text, position)
        if not match:
            raise UserError(f'cannot read hparams at {text[position:]!r}: write name=value, '
                            'separated by commas, lists as name=[1,2]')
        name, value = match[1], match[2].strip()
        if value.startswith('['):
            value = [item.strip() for item in value[1:-1].split(',') if item.strip()]
        values[name] = value
        position = match.end()
    return values


def merge_hparams(defaults, *overrides):
    """Merges hparams, the later over the earlier, with the keys, order and types of `defaults`.

    Args:
        defaults: dict, every hparam there is.
        *overrides: dicts with values as YAML or `parse_hparams` gives them.

    Raises:
        UserError: If a name is unknown or a value has another type.
    """
    merged = dict(defaults)
    for values in overrides:
        for name, value in values.items():
            if name not in defaults:
                raise unknown_name('hparam', name, defaults)
            merged[name] = _cast(name, value, defaults[name])
    return merged


def _cast(name, value, default):
    """Returns `value` as the type of `default`."""
    try:
        if isinstance(default, list):
            items = value if isinstance(value, list) else [value]
            return [_cast(name, item, 0) for item in items]
        if isinstance(default, bool):
            return {'true': True, '1': True, 'false': False, '0': False}[str(value).lower()]
        if isinstance(default, int) and int(value) != float(value):
            raise ValueError
        if isinstance(value, (bool, list, dict, type(None))):
            raise ValueError
        return type(default)(value)
    except (ValueError, TypeError, KeyError):
        kind = 'list of int' if isinstance(default, list) else type(default).__name__
        raise UserError(f'hparam {name}={value!r} is no {kind}: its default is {default}') from None
