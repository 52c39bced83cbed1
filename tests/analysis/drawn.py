"""What can be said of any figure without looking at it."""


def is_within_its_page(figure):
    """Returns whether nothing that is drawn is cut off, up to half a pixel."""
    figure.canvas.draw()
    drawn, page = figure.get_tightbbox(), figure.bbox_inches
    margin = 0.5 / figure.dpi
    return (page.x0 - margin <= drawn.x0 and drawn.x1 <= page.x1 + margin and
            page.y0 - margin <= drawn.y0 and drawn.y1 <= page.y1 + margin)
