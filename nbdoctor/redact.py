"""Secrets taken out of text before it leaves the kernel or goes to a model.

A secret becomes a placeholder such as ``‹token-1›``: the same secret always the same one, so that a model can
still see that two values are equal, and whoever holds the Redactor can put the text back with `Redactor.restore`.
"""

from __future__ import annotations

import os
import re
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

# Formats that their issuers document: prefixes of OpenAI/Anthropic (sk-), GitHub (gh?_, github_pat_), GitLab (glpat-),
# Hugging Face (hf_), Slack (xox?-), Google (AIza), AWS access keys (AKIA/ASIA), PyPI (pypi-), Stripe (sk_live_), npm
# (npm_), JSON web tokens (RFC 7519, three base64url parts), PEM private keys (RFC 7468).
_TOKENS = re.compile(
    r"""\b(?:
      sk-[A-Za-z0-9_-]{16,} | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,} | gh[pousr]_[A-Za-z0-9]{20,}
    | github_pat_[A-Za-z0-9_]{20,} | glpat-[A-Za-z0-9_-]{16,} | hf_[A-Za-z0-9]{20,} | xox[abeoprs]-[A-Za-z0-9-]{10,}
    | AIza[A-Za-z0-9_-]{30,} | (?:AKIA|ASIA)[A-Z0-9]{16} | pypi-[A-Za-z0-9_-]{32,} | npm_[A-Za-z0-9]{30,}
    | eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,}
    )""",
    re.VERBOSE,
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{12,})")
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@'\"]*):([^\s/@'\"]+)(?=@)")
_URL_QUERY = re.compile(r"(?i)([?&](?:[\w-]*(?:token|key|secret|password|passwd|signature|sig))=)([^&\s'\"#]+)")
_NAME = (
    r"(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w-]{0,64}"
)
# password = "…", "api_key": '…', --token=…; the value must be a quoted string, so that code keeps its meaning. What stands before
# the word in a name is not matched, and what follows it is bounded: else the time grows with the square of a long word.
_ASSIGNED = re.compile(rf"(?i)({_NAME}['\"]?\]?\s*(?:=|:|,)\s*[rbfu]{{0,2}})(['\"])((?:(?!\2)[^\\\n]|\\.){{3,}})(\2)")
_SECRET_VARIABLE = re.compile(rf"(?i){_NAME}$|_(?:KEY|PAT|PWD|AUTH)$")


def environment_secrets(environ: Optional[Mapping[str, str]] = None) -> List[str]:
    """Values of environment variables whose names say that they are secret, longest first."""
    environ = os.environ if environ is None else environ
    found = {v for k, v in environ.items() if len(v) >= 6 and _SECRET_VARIABLE.search(k)}
    return sorted(found, key=len, reverse=True)


class Redactor:
    """Takes secrets out, remembers them, puts them back. ``counts`` says how many of each kind were found."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.counts: Dict[str, int] = {}
        self._secrets = [s for s in secrets if s]
        self._placeholders: Dict[Tuple[str, str], str] = {}

    def redact(self, text: str) -> str:
        """Return ``text`` with placeholders where secrets were. Idempotent."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, self._hide("environment", secret))
        text = _PEM.sub(lambda m: self._hide("key", m[0]), text)
        text = _URL_PASSWORD.sub(lambda m: f"{m[1]}:{self._hide('password', m[2])}", text)
        text = _URL_QUERY.sub(lambda m: m[1] + self._hide("token", m[2]), text)
        text = _TOKENS.sub(lambda m: self._hide("token", m[0]), text)
        text = _BEARER.sub(lambda m: m[1] + self._hide("token", m[2]), text)
        return _ASSIGNED.sub(lambda m: m[1] + m[2] + self._hide("password", m[3]) + m[4], text)

    def restore(self, text: str) -> str:
        """Return ``text`` with this Redactor's placeholders replaced by what they stand for."""
        for (_, secret), placeholder in self._placeholders.items():
            text = text.replace(placeholder, secret)
        return text

    def _hide(self, kind: str, secret: str) -> str:
        if "‹" in secret and "›" in secret:
            return secret
        key = (kind, secret)
        if key not in self._placeholders:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self._placeholders[key] = f"‹{kind}-{self.counts[kind]}›"
        return self._placeholders[key]
