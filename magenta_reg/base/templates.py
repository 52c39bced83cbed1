"""Pages and drawings as Jinja2 templates, in files beside the modules that fill them."""

import functools
from pathlib import Path


@functools.cache
def load_template(path):
    """Returns the Jinja2 template in a file; it escapes values and refuses unknown names."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(Path(path).parent), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(Path(path).name)
