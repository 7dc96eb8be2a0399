"""The errors of nbdoctor itself. None of them is ever raised into a user's cell.

NBDoctorError
├── ConfigurationError        a setting is wrong
│   └── RemoteRefused         a model server on another machine, and allow_remote is not set
├── ModelError                something is wrong with the model server or its answer
│   ├── ModelUnavailable      no server, connection refused, a stream cut
│   ├── ModelRefused          401, 403: the key is wrong
│   ├── ModelLimited          a hub's gateway lets nothing further in for now
│   ├── ModelFailed           the server answered with an error of its own
│   ├── ModelTimeout          silence
│   ├── OutputTruncated       the answer hit the token limit
│   └── OutputInvalid         the answer is not what was asked for
├── KernelError               something is wrong with the kernel
│   ├── KernelUnreachable     dead, busy or gone
│   ├── KernelNotPython       it runs another language
│   └── KernelWithoutBridge   nbdoctor is not loaded there
├── FixConflict               the cell changed since the diagnosis
├── InstallError              the installer failed
├── CorrectionsError          what people did with fixes cannot be kept or read
└── ServingError              a model server cannot be started or stopped
"""

from __future__ import annotations

from .protocol import Trouble

#: How the gateway of a hub (`nbdoctor.hub`) marks errors of its own: their sentences are meant for people.
GATEWAY = "nbdoctor-gateway"


class NBDoctorError(Exception):
    """Base of all. ``code`` is stable; ``message`` is a sentence for the user; ``hint`` says what to do."""

    code = "nbdoctor"
    hint = ""
    retryable = False

    def __init__(self, message: str, *, hint: str | None = None, retryable: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        if retryable is not None:
            self.retryable = retryable

    def trouble(self) -> Trouble:
        """The same, as it travels to a front end."""
        return Trouble(self.code, self.message, self.hint, self.retryable)


class ConfigurationError(NBDoctorError):
    code = "configuration"


class RemoteRefused(ConfigurationError):
    code = "remote_refused"
    hint = "Set NBDOCTOR_ALLOW_REMOTE=1 (or c.NBDoctor.allow_remote = True) if notebook text may leave this machine."


class ModelError(NBDoctorError):
    code = "model"


class ModelUnavailable(ModelError):
    code = "model_unavailable"
    hint = "Check that the model server runs and that NBDOCTOR_LLM_URL is its address."
    retryable = True


class ModelRefused(ModelError):
    code = "model_refused"
    hint = "Check the key in NBDOCTOR_LLM_KEY."


class ModelLimited(ModelError):
    code = "model_limited"
    hint = "What may be used is set by whoever runs the hub."
    retryable = True


class ModelFailed(ModelError):
    code = "model_failed"
    hint = "The model server's own log says more."
    retryable = True


class ModelTimeout(ModelError):
    code = "model_timeout"
    hint = "The server may be loading a model or be overloaded; ask again, or raise NBDOCTOR_LLM_TIMEOUT."
    retryable = True


class OutputTruncated(ModelError):
    code = "output_truncated"
    hint = "Ask again, or use a model with a longer context."
    retryable = True


class OutputInvalid(ModelError):
    """``last_text``: the answer that was no good, for the log."""

    code = "output_invalid"
    hint = "Ask again; a larger model keeps to the form more often."
    retryable = True

    def __init__(self, message: str, *, last_text: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.last_text = last_text


class KernelError(NBDoctorError):
    code = "kernel"


class KernelUnreachable(KernelError):
    code = "kernel_unreachable"
    hint = "Wait until the kernel is idle, or restart it."
    retryable = True


class KernelNotPython(KernelError):
    code = "kernel_not_python"


class KernelWithoutBridge(KernelError):
    code = "kernel_without_nbdoctor"
    hint = "Run %load_ext nbdoctor in the notebook, or choose Load nbdoctor on the card."


class FixConflict(NBDoctorError):
    code = "fix_conflict"
    hint = "Run the cell again for a new diagnosis."


class InstallError(NBDoctorError):
    code = "install_failed"


class CorrectionsError(NBDoctorError):
    """``retryable``: the file is in use; otherwise somebody has to do what ``hint`` says."""

    code = "corrections"
    hint = "Set NBDOCTOR_CORRECTIONS=0 to keep none."


class ServingError(NBDoctorError):
    code = "serving"
