"""The model that is to be served: a local folder or a name; and how much memory it takes."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError

_WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.gguf")
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?(:[\w.-]+)?")
_BYTES = {"float32": 4, "float": 4, "float16": 2, "half": 2, "bfloat16": 2}
_NOT_MODEL = "Name a folder with a config.json and weights (*.safetensors), or the name of a model on the hub."


@dataclass(frozen=True)
class Model:
    """``source``: what the engine is given. ``name``: what clients call it. ``weight_bytes``: of its files, 0 where they are not
    here. ``config``: the content of config.json, empty for a name. ``has_template``: the folder brings a chat template."""

    source: str
    name: str
    local: bool
    weight_bytes: int
    config: dict[str, Any]
    has_template: bool = False

    def loaded_bytes(self, dtype: str) -> int:
        """Bytes that the weights take once they are loaded with that dtype; empty: as they are stored."""
        stored = _BYTES.get(str(self._setting("dtype") or self._setting("torch_dtype") or "bfloat16"), 2)
        if not dtype or "quantization_config" in self.config:
            return self.weight_bytes
        return self.weight_bytes * _BYTES.get(dtype, stored) // stored

    def token_bytes(self, dtype: str) -> int:
        """Bytes of the key-value cache that one token takes; 0 where config.json does not say."""
        layers, heads = self._setting("num_hidden_layers"), self._setting("num_attention_heads")
        if not isinstance(layers, int) or not isinstance(heads, int) or heads <= 0:
            return 0
        size = self._setting("head_dim") or int(self._setting("hidden_size") or 0) // heads
        return 2 * layers * int(self._setting("num_key_value_heads") or heads) * int(size) * _BYTES.get(dtype, 2)

    def context(self, wanted: int) -> int:
        """Tokens of context: what is wanted, and not more than the model has."""
        most = self._setting("max_position_embeddings")
        return min(wanted, most) if isinstance(most, int) and most > 0 else wanted

    def _setting(self, name: str) -> Any:
        inner = self.config.get("text_config")
        return self.config.get(name, inner.get(name) if isinstance(inner, dict) else None)


def understand(text: str) -> Model:
    """What ``--model`` names.

    Args:
        text: a folder, or the name of a model on the hub.

    Raises:
        ConfigurationError: where it is a folder that holds no model, or neither folder nor name.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        return _folder(path.resolve())
    if path.is_file():
        raise ConfigurationError(f"{path} is a file.", hint=_NOT_MODEL)
    if path.is_absolute() or text.startswith((".", "~")) or not _NAME.fullmatch(text):
        raise ConfigurationError(f"There is no folder {path}.", hint=_NOT_MODEL)
    return Model(text, text, False, 0, {})


def _folder(path: Path) -> Model:
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"The folder {path} holds no model: it has no config.json.", hint=_NOT_MODEL) from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path / 'config.json'} cannot be read: {error}.", hint=_NOT_MODEL) from error
    if not isinstance(config, dict):
        raise ConfigurationError(f"{path / 'config.json'} describes no model.", hint=_NOT_MODEL)
    for pattern in _WEIGHTS:
        if size := sum(file.stat().st_size for file in path.glob(pattern)):
            return Model(str(path), path.name, True, size, config, has_template=_has_template(path))
    raise ConfigurationError(f"The folder {path} holds no model: it has no weights.", hint=_NOT_MODEL)


def _has_template(path: Path) -> bool:
    if (path / "chat_template.jinja").is_file():
        return True
    try:
        return '"chat_template"' in (path / "tokenizer_config.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def cache_gib(model: Model, context: int, dtype: str, least: int) -> int:
    """Whole GiB of key-value cache that one request of full length takes, and ``least`` at least."""
    return max(least, math.ceil(model.token_bytes(dtype) * context / 2**30))
