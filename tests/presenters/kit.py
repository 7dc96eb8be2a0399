"""What the card uses of ipywidgets, as plain objects: its logic is tested where ipywidgets is not installed, too."""

from __future__ import annotations

import itertools

#: Those that were made and not closed.
opened = set()
_numbers = itertools.count()


class _Part:
    def __init__(self, **state):
        self.model_id = f"model-{next(_numbers)}"
        self.__dict__.update(state)
        opened.add(self)

    def close(self):
        opened.discard(self)


class _Widget(_Part):
    def __init__(self, *, layout=None, **state):
        super().__init__(**state)
        self.layout = _Part(**{"display": "", **(layout or {})})


class _Styled(_Widget):
    def __init__(self, **state):
        super().__init__(**state)
        self.style = _Part()


class VBox(_Widget): ...


class HBox(_Widget): ...


class HTML(_Styled):
    value = ""


class Textarea(HTML): ...


class Button(_Styled):
    def on_click(self, action):
        self.click = lambda: action(self)


class Dropdown(_Styled):
    """Tells its observer of each new index, as a selection of ipywidgets does."""

    index = None

    def observe(self, action, names):
        self._action = action

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "options":
            self.index = 0 if value else None
        elif name == "index":
            self._action({"new": value})
