"""The canvas that PNG files are drawn on: as matplotlib's own, but for letters that need more (see `letters`)."""

from __future__ import annotations

from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

from .letters import as_drawn, with_letters


class _Renderer(RendererAgg):
    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        text = as_drawn(s)
        size: tuple[float, float, float] = super().get_text_width_height_descent(text, with_letters(prop, text), ismath)
        return size

    def draw_text(self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, *more: Any, **named: Any) -> None:
        text = as_drawn(s)
        super().draw_text(gc, x, y, text, with_letters(prop, text), angle, *more, **named)


class Canvas(FigureCanvasAgg):
    """Draws with `_Renderer`."""

    _drawn_for: tuple[float, ...] = ()

    def get_renderer(self, *_: Any, **__: Any) -> RendererAgg:
        """One renderer for each size, as matplotlib's own canvas keeps it."""
        size = (*self.figure.bbox.size, self.figure.dpi)
        if self._drawn_for != size:
            self.renderer = _Renderer(*size)
            self._drawn_for = size
        return self.renderer
