"""How small a difference must be not to matter: stated before the comparison, not after it."""

from magenta_reg.base.errors import UserError, unknown_name

# Nats per event (loss, log_likelihood, entropy), shares (accuracy of telling apart), and MMD^2.
MARGINS = {'loss': 0.01, 'log_likelihood': 0.05, 'entropy': 0.05, 'accuracy': 0.02, 'mmd': 0.001}


def choose_margins(own):
    """Returns MARGINS with those of a comparison in their place.

    Args:
        own: dict of some of the names in MARGINS to float, or None.

    Raises:
        UserError: If a name is unknown or a margin is no number above 0.
    """
    for name, margin in (own or {}).items():
        if name not in MARGINS:
            raise unknown_name('margin', name, MARGINS)
        is_number = isinstance(margin, int | float) and not isinstance(margin, bool)
        if not is_number or not 0 < margin < float('inf'):
            raise UserError(f'the margin {name}={margin} is no number above 0')
    return MARGINS | (own or {})


def parse_margins(text):
    """Returns dict of name to float of 'name=value,name=value'; '' gives none."""
    found = {}
    for part in filter(None, (part.strip() for part in (text or '').split(','))):
        name, _, value = part.partition('=')
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise UserError(f'--margins={text}: {part!r} is not NAME=NUMBER') from None
    return found
